/** What the tutorial's page does on its socket: ask, read tokens up to `[END]`, reconnect and ask again. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { DialectEvent } from './adapter.ts';

/** `close`: the page is left. `reset`: the connection breaks. `silence`: the device sleeps, and nobody is told. */
export type Cut = 'close' | 'reset' | 'silence';

export interface ClientOptions {
  /** `ws://127.0.0.1:8000`. */
  url: string;
  connectionId: string;
  /** The name of this socket among the events. */
  conn: string;
  record: (event: DialectEvent) => void;
}

export class TutorialClient {
  /** What came since the last prompt, `[END]` included. */
  tokens: string[] = [];
  /** The code with which the socket closed. */
  closeCode: number | undefined;
  /** Control frames, which a page cannot see. */
  controlPings = 0;
  readonly #options: ClientOptions;
  readonly #socket: Socket;
  readonly #ws: WebSocket;
  #lastText = '';
  #leaving = false;

  private constructor(options: ClientOptions) {
    const { url, connectionId, conn, record } = options;
    this.#options = options;
    this.#socket = connect({ host: new URL(url).hostname, port: Number(new URL(url).port) });
    this.#ws = new WebSocket(`${url}/ws/chat/${connectionId}`, { createConnection: () => this.#socket });
    this.#ws.on('open', () => record({ at: performance.now(), kind: 'connected', conn, connectionId }));
    this.#ws.on('message', (data: Buffer) => {
      const raw = data.toString('utf8');
      this.tokens.push(String((JSON.parse(raw) as { content?: unknown }).content));
      record({ at: performance.now(), kind: 'received', conn, raw });
    });
    this.#ws.on('ping', () => this.controlPings++);
    this.#ws.on('error', () => {}); // The close that follows tells.
    this.#ws.on('close', (code) => {
      this.closeCode = code;
      record({ at: performance.now(), kind: 'closed', conn, code, by: this.#leaving ? 'client' : 'server' });
    });
  }

  /** Resolves once the socket is open. */
  static async open(options: ClientOptions): Promise<TutorialClient> {
    const client = new TutorialClient(options);
    await once(client.#ws, 'open');
    return client;
  }

  /** The answer so far, as the page shows it: up to `[END]`. */
  get text(): string {
    const end = this.tokens.indexOf('[END]');
    return this.tokens.slice(0, end < 0 ? undefined : end).join('');
  }

  /** Does the page think that the answer is whole? */
  get ended(): boolean {
    return this.tokens.includes('[END]');
  }

  /** Sends a user's message, and returns when it did. */
  ask(text: string): number {
    this.#lastText = text;
    this.tokens = [];
    return this.say({ messages: [{ role: 'user', content: text }], model: 'mock-1' });
  }

  /** Sends any message. */
  say(message: object): number {
    const raw = JSON.stringify(message);
    const at = performance.now();
    this.#options.record({ at, kind: 'sent', conn: this.#options.conn, raw });
    this.#ws.send(raw);
    return at;
  }

  /** As the tutorial's hook does it: the same address, and the last user message once more. */
  async reconnect(conn: string): Promise<TutorialClient> {
    const client = await TutorialClient.open({ ...this.#options, conn });
    client.ask(this.#lastText);
    return client;
  }

  /** Stops reading: what is sent from now on stays on the way. */
  pause(): void {
    this.#ws.pause();
  }

  read(): void {
    this.#ws.resume();
  }

  /** Loses the connection, and returns when it did. */
  cut(how: Cut): number {
    const at = performance.now();
    this.#leaving = true;
    if (how === 'close') this.#ws.close(1000);
    else if (how === 'reset') this.#socket.resetAndDestroy();
    else this.#ws.pause();
    return at;
  }
}
