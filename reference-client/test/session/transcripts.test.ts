/** The transcripts of the spec, told to the session: it must send what the client sent, and deliver what it read. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ClientMessage, ServerMessage } from '@tokenwire/spec';
import { expect, test } from 'vitest';
import { type Harness, harness } from './harness.ts';

interface Header {
  transcript: string;
  title: string;
  valid: boolean;
  provokes?: string[];
}

interface Line {
  conn?: string;
  open?: { selected?: string; refused?: number };
  from?: 'client' | 'server';
  message?: ClientMessage | ServerMessage;
  raw?: string;
  close?: { code: number; by: string };
}

/** Valid conversations of a client that does more, or less, by the will of its user than this one. */
const OTHERS: ReadonlySet<string> = new Set([
  // Two connections at once, which this client has only while one drains.
  'cancel-other-connection',
  'other-principal',
  'superseded',
  // Resumes, repeats or cancels what ended, or what this client would know better.
  'cancel',
  'cancel-unknown',
  'expired',
  'generate-attaches',
  'merged',
  'outcome-unknown',
  'resume-after-1000',
  'resume-ended',
  'resume-gap',
  'resume-refused',
  'resume-same-connection',
  // Pings of its own accord.
  'heartbeat',
  // Does not wait for retry_after_ms.
  'rate-limited',
]);

const folder = new URL('../../../spec/transcripts/', import.meta.url);
const transcripts = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8').trimEnd().split('\n'))
  .map((lines) => lines.map((line) => JSON.parse(line) as Header & Line));

const told = transcripts.filter(
  ([header]) => header?.valid && !header.provokes && !OTHERS.has(header.transcript),
);

test.each(told.map(([header, ...lines]) => [header?.transcript, header?.title, lines] as const))(
  '%s: %s',
  (_name, _title, lines) => {
    const teller = new Teller();
    for (const line of lines) teller.tell(line);
    expect(teller.sent()).toEqual(teller.expected);
    expect(teller.texts()).toEqual(teller.expectedTexts);
  },
);

test('every exception is a transcript', () => {
  const names = new Set(transcripts.map(([header]) => header?.transcript));
  expect([...OTHERS].filter((name) => !names.has(name))).toEqual([]);
});

class Teller {
  readonly expected: Record<string, ClientMessage[]> = {};
  readonly expectedTexts: Record<string, string> = {};
  readonly #client: Harness = harness({ maxRefusals: 0 });
  readonly #numbers = new Map<string, number>();
  readonly #texts = new Map<string, Map<number, string>>();

  tell(line: Line): void {
    const { conn, open, close, message, from, raw } = line;
    if (conn === undefined) return;
    if (open) this.#open(conn, open);
    else if (close && close.by !== 'client') this.#client.lose(this.#number(conn), close.code);
    else if (from === 'client' && message) this.#fromClient(conn, message as ClientMessage);
    else if (from === 'server' && message) this.#fromServer(conn, message as ServerMessage);
    else if (from === 'server' && raw !== undefined) {
      this.#client.input({ kind: 'message', connection: this.#number(conn), text: raw });
    }
  }

  sent(): Record<string, ClientMessage[]> {
    const names = [...this.#numbers].map(([conn, number]) => [conn, this.#client.on(number)]);
    return Object.fromEntries(names) as Record<string, ClientMessage[]>;
  }

  texts(): Record<string, string> {
    const ids = Object.keys(this.expectedTexts);
    return Object.fromEntries(ids.map((id) => [id, this.#client.endings.get(id)?.text ?? '(no end)']));
  }

  /** The client connects because it is asked to, or because it waited long enough. */
  #open(conn: string, { selected }: NonNullable<Line['open']>): void {
    const number = this.#numbers.size + 1;
    this.#numbers.set(conn, number);
    this.expected[conn] = [];
    for (let i = 0; i < 10 && this.#client.opened.length < number; i++) this.#client.advance(1_000);
    if (this.#client.opened.length < number) this.#client.input({ kind: 'connect' });
    if (selected === undefined) this.#client.lose(number);
    else this.#client.input({ kind: 'opened', connection: number, protocol: selected });
  }

  /** What the user wants is told; what the client does by itself is expected. */
  #fromClient(conn: string, message: ClientMessage): void {
    if (message.type === 'hello') return;
    this.expected[conn]?.push(message);
    if (message.type === 'generate' && !message.resend) {
      this.#client.input({ kind: 'generate', request: message });
    } else if (message.type === 'cancel') this.#client.input({ kind: 'cancel', ...omitType(message) });
  }

  #fromServer(conn: string, message: ServerMessage): void {
    if (message.type === 'token') {
      const text = this.#texts.get(message.id) ?? new Map<number, string>();
      this.#texts.set(message.id, text.set(message.seq, message.text));
    }
    this.#client.server(this.#number(conn), message);
    if (message.type === 'end') {
      this.expectedTexts[message.id] = [...(this.#texts.get(message.id)?.values() ?? [])].join('');
    }
  }

  #number(conn: string): number {
    return this.#numbers.get(conn) ?? 0;
  }
}

function omitType({ id, reason }: { id: string; reason?: string | undefined }) {
  return { id, ...(reason !== undefined && { reason }) };
}
