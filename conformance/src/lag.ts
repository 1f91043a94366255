/** How long this process itself was held up, so that its own delays are never blamed on a server. */
import { now } from './trace.ts';

const TICK_MS = 10;

export class LagMonitor {
  readonly #stalls: { at: number; ms: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #last = now();

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  #tick(): void {
    const at = now();
    const ms = at - this.#last - TICK_MS;
    if (ms > TICK_MS / 2) this.#stalls.push({ at, ms });
    this.#last = at;
  }

  /** Milliseconds that the event loop stood still between two times of `now`. */
  between(from: number, to: number): number {
    const running = Math.max(0, Math.min(now(), to) - Math.max(this.#last, from) - TICK_MS);
    const past = this.#stalls.filter((stall) => stall.at >= from && stall.at - stall.ms <= to);
    return past.reduce((sum, stall) => sum + stall.ms, running);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
