import type { Channel } from './chat-event.ts';
import type { ChatMessage } from './chat-request.ts';

/** How far the answer had come when the peer went away. */
export type Phase = 'before_headers' | 'before_first_token' | 'streaming';

/** What happened, without when and to which call. */
export type JournalEvent =
  /** The request is here, whole. An unreadable body has no messages. */
  | {
      kind: 'received';
      messages: ChatMessage[];
      stream: boolean;
      /** The rest of the body. */
      params: Record<string, unknown>;
      /** Lower-case names; nothing that carries a credential. */
      headers: Record<string, string>;
    }
  /** The kernel has the 200. */
  | { kind: 'accepted' }
  /** The kernel has an HTTP error. */
  | { kind: 'refused'; status: number }
  /** The kernel has this token. `index` counts the tokens of the call from 0, over all channels. */
  | { kind: 'written'; index: number; text: string; channel: Channel }
  /** The model came to its own end; 'done' if it sent [DONE], 'reset' also when the model was closed. */
  | { kind: 'ended'; how: 'done' | 'eof' | 'reset' }
  /** The peer closed its connection before the script ended. */
  | { kind: 'peer_gone'; phase: Phase };

/** Which call something happened to. */
export interface CallName {
  /** 1, 2, 3, … in the order in which the model received the requests. */
  call: number;
  /** The key of the script, undefined without a marker. */
  key: string | undefined;
}

/** One line of the journal. */
export type JournalEntry = JournalEvent & CallName & { atMs: number };

export type JournalKind = JournalEntry['kind'];

export type EntryOf<K extends JournalKind> = Extract<JournalEntry, { kind: K }>;
