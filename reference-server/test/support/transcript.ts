import { readdirSync, readFileSync } from 'node:fs';
import type { KnownErrorCode, ServerMessage, ServerMessageOf } from '@tokenwire/spec';
import type { Authenticate } from '../../src/auth.ts';
import { type FakeClient, FakeHouse } from './fake-house.ts';
import type { FakeCall } from './fake-model.ts';

interface Line {
  conn?: string;
  node?: string;
  open?: { offered: string[]; selected?: string; refused?: number; node?: string };
  from?: 'client' | 'server';
  message?: ServerMessage;
  raw?: string;
  binary_base64?: string;
  oversized_bytes?: number;
  close?: { code: number; by: 'client' | 'server' | 'network' };
  model?: { call: number; for: string; event: string; text?: string; reason?: string };
}

const folder = new URL('.', import.meta.resolve('@tokenwire/spec/transcripts/answer.jsonl'));

/** The names of the conversations that go as they should. */
export function goodTranscripts(): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl') && !name.startsWith('bad-'));
  return names.map((name) => name.slice(0, -'.jsonl'.length));
}

export function readTranscript(name: string): Line[] {
  const text = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8');
  const lines = text.trim().split('\n').slice(1);
  return lines.map((line) => JSON.parse(line) as Line);
}

const authenticate: Authenticate = ({ auth }) => {
  if (auth?.token === 'wrong') return undefined;
  return auth?.token === 'suspended-tenant' ? { forbidden: 'suspended' } : { principal: 'p' };
};

/** What a server said in a transcript, beside what the transcript wants it to say. */
export interface Played {
  readonly said: unknown[];
  readonly wanted: unknown[];
}

export class Play {
  readonly #played: Played = { said: [], wanted: [] };
  readonly #lines: Line[];
  #house: FakeHouse;
  readonly #clients = new Map<string, { client: FakeClient; heard: ServerMessage[] }>();
  #at = 0;

  constructor(lines: Line[]) {
    // What a server makes up by itself is not asked of this one.
    this.#lines = lines.filter(
      ({ message }) => !JSON.stringify(message ?? '').includes('x.example.com.budget'),
    );
    this.#house = this.#build();
  }

  /** A server as the welcome ahead describes it. */
  #build(): FakeHouse {
    const welcome = this.#ahead().find((line) => line.message?.type === 'welcome')?.message;
    const { limits, heartbeat, epoch } = (welcome ?? {}) as Partial<ServerMessageOf<'welcome'>>;
    const needsAuth = this.#lines.some(({ message }) => message !== undefined && 'auth' in message);
    return new FakeHouse({
      ...(limits && { limits }),
      ...(heartbeat && { heartbeat }),
      ...(epoch && { epoch }),
      ...(needsAuth && { authenticate }),
    });
  }

  #ahead(): Line[] {
    return this.#lines.slice(this.#at);
  }

  async run(): Promise<Played> {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] as Line;
      if (line.open !== undefined) this.#open(line.conn as string);
      else if (line.model !== undefined) this.#actModel(line.model);
      else await this.#act(line, this.#clients.get(line.conn as string) as Heard);
    }
    return this.#played;
  }

  #open(name: string): void {
    // Another epoch is another process.
    const house = this.#build();
    if (house.house.hub.epoch !== this.#house.house.hub.epoch) this.#house = house;
    this.#clients.set(name, { client: this.#house.connect(), heard: [] });
  }

  async #act(line: Line, at: Heard): Promise<void> {
    const { message } = line;
    const next = this.#ahead().find((other) => other !== line && other.conn === line.conn);
    if (line.from === 'client' && next?.close?.by === 'network') return;
    if (line.close !== undefined) return this.#close(line.close, at);
    if (line.from === 'server') return this.#expect(message as ServerMessage, at);
    if (this.#nextCode() === 'expired') this.#house.clock.advance(this.#house.house.limits.retention_ms);
    if (this.#nextCode() === 'internal') this.#house.model.breaks = true;
    if (line.binary_base64 !== undefined) at.client.connection.receiveBinary();
    else at.client.sendText(line.raw ?? JSON.stringify(message));
    for (const call of this.#house.model.calls) call.onAbort = this.#abortOf(call);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }

  /** The code of the error that answers what is sent now. */
  #nextCode(): string | undefined {
    const answer = this.#ahead().find(({ from }) => from === 'server')?.message;
    return answer?.type === 'error' ? answer.code : undefined;
  }

  #abortOf(call: FakeCall): FakeCall['onAbort'] {
    const upstream = this.#endOf(call.id)?.upstream ?? 'aborted';
    if (upstream !== 'aborted' && upstream !== 'none') return undefined;
    return { finishReason: 'cancelled', upstream };
  }

  #endOf(id: string): ServerMessageOf<'end'> | undefined {
    const messages = this.#lines.map(({ message }) => message);
    return messages.find(
      (message): message is ServerMessageOf<'end'> => message?.type === 'end' && message.id === id,
    );
  }

  #actModel({ for: id, event, text, reason }: NonNullable<Line['model']>): void {
    const call = this.#house.model.calls.find((one) => one.id === id) as FakeCall;
    const end = this.#endOf(id);
    if (event === 'delta') return call.say(text ?? '');
    if (event === 'finish' && end !== undefined) {
      const finishReason = end.finish_reason === 'cancelled' ? (reason as 'stop') : end.finish_reason;
      return call.sink.end({ finishReason, upstream: 'completed', ...(end.usage && { usage: end.usage }) });
    }
    const code = end?.error?.code as KnownErrorCode | undefined;
    if (event === 'peer_gone' && code === undefined) {
      while (!call.aborted) this.#wait();
    } else if (['broke', 'refused', 'peer_gone'].includes(event) && code?.startsWith('upstream_') === true) {
      const { upstream = 'failed' } = end ?? {};
      call.sink.end({ finishReason: 'error', upstream, error: { code, message: code } });
    }
  }

  #expect(wanted: ServerMessage, at: Heard): void {
    const { hub } = this.#house.house;
    if (wanted.type === 'goaway') {
      hub.drain();
      at.client.connection.drain(wanted);
    }
    const code = wanted.type === 'end' ? wanted.error?.code : undefined;
    if (code === 'draining' || code === 'internal') hub.endAll(code, code);
    this.#played.said.push(essence(this.#next(wanted, at)));
    this.#played.wanted.push(essence(wanted));
  }

  /** The next message, merged as far as the wanted one is; time passes until there is one. */
  #next(wanted: ServerMessage, at: Heard): ServerMessage {
    const found: ServerMessage[] = [];
    const first = wanted.type === 'token' ? (wanted.from ?? wanted.seq) : 0;
    while (
      found.length === 0 ||
      (wanted.type === 'token' && (found.at(-1) as { seq: number }).seq < wanted.seq)
    ) {
      at.heard.push(...at.client.take());
      const message = at.heard.shift();
      if (message === undefined) this.#wait();
      else if (message.type !== 'ping' || wanted.type === 'ping') found.push(message);
    }
    if (found.length === 1 || wanted.type !== 'token') return found[0] as ServerMessage;
    const text = found.map((token) => (token.type === 'token' ? token.text : '')).join('');
    return { ...wanted, from: first, text };
  }

  #close({ code, by }: NonNullable<Line['close']>, { client, heard }: Heard): void {
    if (by !== 'server') return client.connection.lost();
    if (code === 4500) client.connection.close(4500, 'internal');
    while (client.socket.closed === undefined) this.#wait();
    heard.push(...client.take());
    const more = heard.filter(({ type }) => type !== 'ping');
    this.#played.said.push({ closed: client.socket.closed.code, more });
    this.#played.wanted.push({ closed: code, more: [] });
  }

  #wait(): void {
    if (!this.#house.clock.advanceToNext()) throw new Error(`nothing happens at line ${this.#at + 2}`);
  }
}

interface Heard {
  client: FakeClient;
  heard: ServerMessage[];
}

/** A message without what every server chooses for itself. */
function essence(message: ServerMessage): object {
  switch (message.type) {
    case 'welcome':
      return { ...message, conn: '', levels: [] };
    case 'end':
      return { ...message, timing: undefined, error: message.error && { ...message.error, message: '' } };
    case 'error':
      return { ...message, message: '', retry_after_ms: undefined };
    case 'ping':
      return { type: 'ping' };
    default:
      return message;
  }
}
