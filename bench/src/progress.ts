/** What a long run says meanwhile: how far it is and how long it will take. On stderr; one line on a terminal. */
import { now } from './clock.ts';

export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = now();
  readonly #expectedMs: number;
  #lastPrinted = Number.NEGATIVE_INFINITY;

  constructor(expectedMs: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#expectedMs = expectedMs;
    this.#stream = stream;
  }

  /** `share` from 0 to 1. */
  report(share: number, what: string): void {
    const elapsed = now() - this.#startedAt;
    const left = share > 0.05 ? (elapsed / share) * (1 - share) : this.#expectedMs - elapsed;
    const text = `${Math.round(share * 100)} %  ${what}  about ${duration(Math.max(0, left))} left`;
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001b[2K${text}`);
      return;
    }
    // In a log a line now and then is enough.
    if (elapsed - this.#lastPrinted < 10_000) return;
    this.#lastPrinted = elapsed;
    this.#stream.write(`${text}\n`);
  }

  done(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[2K');
  }
}

/** Such as `45 s`, `7 min`, `1 h 12 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
