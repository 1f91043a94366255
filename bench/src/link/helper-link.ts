import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Link, LinkBytes } from './contract.ts';

/** What a link asks its process; `id` comes back with the answer. */
export type LinkAsk = { ask: 'route'; port: number } | { ask: 'cut'; port?: number } | { ask: 'bytes' };
export type LinkRequest = LinkAsk & { id: number };
export type LinkAnswer = { id: number } & ({ value: unknown } | { error: string });

/** How a link talks to its process. */
export interface LinkChannel {
  send(request: LinkRequest): void;
  /** the process ends by itself once this is closed */
  close(): void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A link whose work is done in a process of its own, which answers in the order that it likes. */
export class HelperLink implements Link {
  readonly kind: Link['kind'];
  readonly #process: ChildProcess;
  readonly #channel: LinkChannel;
  readonly #waiting = new Map<number, Waiting>();
  #asks = 0;

  constructor(kind: Link['kind'], helper: ChildProcess, channel: LinkChannel) {
    this.kind = kind;
    this.#process = helper;
    this.#channel = channel;
    helper.once('exit', (code, signal) => this.#end(`ended (${signal ?? `exit code ${code}`})`));
    helper.once('error', (error) => this.#end(`does not run: ${error.message}`));
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  async route(port: number): Promise<{ host: string; port: number }> {
    return (await this.#ask({ ask: 'route', port })) as { host: string; port: number };
  }

  async cut(port?: number): Promise<void> {
    await this.#ask(port === undefined ? { ask: 'cut' } : { ask: 'cut', port });
  }

  async bytes(): Promise<Record<number, LinkBytes>> {
    return (await this.#ask({ ask: 'bytes' })) as Record<number, LinkBytes>;
  }

  async close(): Promise<void> {
    if (this.#hasEnded()) return;
    const ended = once(this.#process, 'exit');
    this.#channel.close();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Takes an answer of the process. */
  receive(answer: LinkAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(`${this.kind} link: ${answer.error}`));
    else waiting?.resolve(answer.value);
  }

  #ask(ask: LinkAsk): Promise<unknown> {
    if (this.#hasEnded()) {
      throw new Error(
        `${this.kind} link: "${ask.ask}" was asked of a link that is closed; start another one`,
      );
    }
    const id = ++this.#asks;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#channel.send({ ...ask, id });
    });
  }

  #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #end(how: string): void {
    const error = new Error(
      `${this.kind} link: an answer was due, but its process ${how}; see above what it wrote to stderr`,
    );
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
