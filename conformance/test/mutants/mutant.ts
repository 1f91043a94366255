/** What a mutant is: one rule of PROTOCOL.md, and how the man in the middle breaks it for the server behind it. */
import type { RequirementId } from '@tokenwire/spec';

export type Message = Record<string, unknown>;

/** What passes instead of a message: the same or others, in order. */
export type Fault = (message: Message, link: Link) => readonly Message[];

/** One connection of a client through the mutant to the server. */
export interface Link {
  /** What its `hello` said, once it has. */
  hello: Message | undefined;
  welcomed: boolean;
  /** Of its upgrade. */
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly url: string;
  /** How many connections there were up to this one. */
  readonly connections: number;
  /** Counters and flags of a fault, for this connection. */
  readonly notes: Map<string, number>;
  /** What all connections know of streams, by id. */
  readonly streams: Map<string, StreamNotes>;
  toClient(message: Message): void;
  toServer(message: Message): void;
  /** Ends the client's connection; the server behind sees it go. */
  end(code: number): void;
  /** Asks the model as if the server had; resolves when the answer begins. */
  callModel(messages: unknown): Promise<void>;
}

export interface StreamNotes {
  /** The first `generate`, and how many there were. */
  generate: Message;
  generates: number;
  /** Where it was generated, and where it is attached now. */
  by: Link;
  attached: Link;
  /** All that attached to it so far. */
  readers: Set<Link>;
  /** The text that the server sent since `start`. */
  text: string;
  ended: boolean;
}

/** What stands between the server and the model. */
export interface ModelFault {
  /** How long after the server left the model learns of it (default 0). */
  leavesAfterMs?: number;
  /** Repeats a request that was answered with this status. */
  repeatsOn?: number;
  /** Stops reading the model's answer behind so many bytes. */
  stallsBehindBytes?: number;
  /** Changes the content of each message. */
  content?: (text: string) => string;
}

export interface Mutant {
  name: string;
  /** The rule that is broken. */
  breaks: RequirementId;
  /** `--filter` of the run: the id of a case, or the beginning of several. */
  filter: string;
  /** Rules that cannot hold either then, with the reason. */
  also?: Partial<Record<RequirementId, string>>;
  /** What the client says, on its way to the server. */
  client?: Fault;
  /** What the server says, on its way to the client. */
  server?: Fault;
  /** The JSON of what the server says, as the last thing. */
  json?: (text: string, message: Message) => string;
  /** Close codes of the server that are replaced. */
  closes?: Record<number, number>;
  /** When a connection was opened, and when the client's end of it is gone. */
  opened?: (link: Link) => void;
  closed?: (link: Link) => void;
  /** The subprotocol that is selected: by the server (default), the first that is offered, or without any offer. */
  subprotocol?: 'first' | 'unasked';
  /** The status of an upgrade that the server refuses. */
  refusesWith?: number;
  compression?: boolean;
  /** Refuses messages in fragments. */
  wholeFrames?: boolean;
  model?: ModelFault;
}
