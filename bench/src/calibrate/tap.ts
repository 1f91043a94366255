/** Starts the witness and puts it in the way. */
import { type Child, type Common, startChild } from '../processes/child.ts';
import type { Target } from '../transports/transport.ts';
import type { TapMethods, Transcript } from './tap-process.ts';

const MAIN = new URL('./tap-process.ts', import.meta.url);

export class Tap implements AsyncDisposable {
  readonly #child: Child<TapMethods & Common>;

  private constructor(child: Child<TapMethods & Common>) {
    this.#child = child;
  }

  static async start(): Promise<Tap> {
    return new Tap(await startChild<TapMethods>('tap', MAIN));
  }

  /** The same server, reached through the tap. */
  readonly via = async (target: Target): Promise<Target> => {
    const { host, http1, http2 } = target;
    const [one, two] = await Promise.all([
      this.#child.call.relay(host, http1),
      this.#child.call.relay(host, http2),
    ]);
    return { ...target, host: '127.0.0.1', http1: one, http2: two };
  };

  /** From now on answers are held back until so many bytes are there, as a proxy that buffers does. */
  async hold(bytes: number): Promise<void> {
    await this.#child.call.hold(bytes);
  }

  /** Resolves when this text passes from the server to a client. */
  async until(text: string): Promise<void> {
    await this.#child.call.until(text);
  }

  /** What passed since the last time. */
  async take(): Promise<Transcript[]> {
    return await this.#child.call.take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}
