/** When to ping, and when to give up a client that is silent or a socket that takes nothing. */
import type { HeartbeatTimes } from './limits.ts';

export class Heartbeat {
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #heardAt: number;
  #pingedAt = Number.NEGATIVE_INFINITY;

  constructor(times: HeartbeatTimes, now: number) {
    this.#intervalMs = times.interval_ms;
    this.#timeoutMs = times.timeout_ms;
    this.#heardAt = now;
  }

  /** Something came from the client. heartbeat.any-frame */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /**
   * What is due now.
   * @param sentAt when something was last sent to the client
   */
  check(now: number, sentAt: number): 'ping' | 'dead' | 'wait' {
    // heartbeat.silence-closes
    if (now >= this.#deadAt) return 'dead';
    if (now < this.#pingAt(sentAt)) return 'wait';
    this.#pingedAt = now;
    return 'ping';
  }

  /** When to check again, if nothing happens before. */
  nextAt(sentAt: number): number {
    return Math.min(this.#deadAt, this.#pingAt(sentAt));
  }

  get #deadAt(): number {
    return this.#heardAt + this.#intervalMs + this.#timeoutMs;
  }

  /** heartbeat.pings: silence of either direction counts, and a ping without answer is not repeated at once. */
  #pingAt(sentAt: number): number {
    return Math.max(Math.min(this.#heardAt, sentAt), this.#pingedAt) + this.#intervalMs;
  }
}

/** Does the socket still take what is sent? */
export class Progress {
  readonly #limitMs: number;
  #movedAt: number;
  #buffered = 0;

  constructor(limitMs: number, now: number) {
    this.#limitMs = limitMs;
    this.#movedAt = now;
  }

  /** The socket took something. */
  moved(now: number): void {
    this.#movedAt = now;
  }

  /**
   * flow.no-progress
   * @param buffered bytes that wait for the socket
   */
  isStuck(now: number, buffered: number): boolean {
    if (buffered === 0 || buffered < this.#buffered) this.#movedAt = now;
    this.#buffered = buffered;
    return now - this.#movedAt >= this.#limitMs;
  }
}
