import type { LinkOptions } from './contract.ts';

/**
 * One direction of a link, shared by all connections: says when bytes that leave at a time arrive. Knows no clock: all
 * times are ms on the caller's, and calls come in the order of their times.
 */
export class LinkDirection {
  readonly #options: LinkOptions;
  readonly #startedMs: number;
  readonly #random: () => number;
  #freeAtMs = -Infinity;

  /** @param startedMs the first outage begins one `everyMs` after it */
  constructor(options: LinkOptions, startedMs: number, random: () => number) {
    this.#options = options;
    this.#startedMs = startedMs;
    this.#random = random;
  }

  /** When `bytes` that are ready to leave at `readyMs` have arrived, ms. */
  arrivalMs(readyMs: number, bytes: number): number {
    const { rttMs, jitterMs = 0, bandwidthKbit } = this.#options;
    let leftMs = readyMs;
    if (bandwidthKbit !== undefined && bytes > 0) {
      // kbit/s are bits per ms
      leftMs = Math.max(readyMs, this.#freeAtMs) + (bytes * 8) / bandwidthKbit;
      this.#freeAtMs = leftMs;
    }
    const jitter = jitterMs === 0 ? 0 : (this.#random() * 2 - 1) * jitterMs;
    return this.#afterOutage(leftMs + Math.max(0, rttMs / 2 + jitter));
  }

  #afterOutage(atMs: number): number {
    const { outage } = this.#options;
    if (outage === undefined) return atMs;
    const sinceStartMs = atMs - this.#startedMs;
    const deadSinceMs = sinceStartMs % outage.everyMs;
    return sinceStartMs < outage.everyMs || deadSinceMs >= outage.forMs
      ? atMs
      : atMs + outage.forMs - deadSinceMs;
  }
}

/** One direction of one connection: like TCP it keeps order, and lets nothing leave before its handshake is over. */
export class LinkLane {
  /** Nothing leaves before, ms: see {@link handshakeOf}. */
  readonly opensAtMs: number;
  readonly #direction: LinkDirection;
  #lastMs = -Infinity;

  constructor(direction: LinkDirection, opensAtMs: number) {
    this.#direction = direction;
    this.opensAtMs = opensAtMs;
  }

  /** When bytes read at `readAtMs` (0 of them: a FIN or a RST) are due at the other side, ms. */
  dueMs(readAtMs: number, bytes: number): number {
    const arrivalMs = this.#direction.arrivalMs(Math.max(readAtMs, this.opensAtMs), bytes);
    this.#lastMs = Math.max(this.#lastMs, arrivalMs);
    return this.#lastMs;
  }
}

/**
 * A proxy accepts at once, over a network of round trip R a handshake takes time: the SYN is at the server after R/2, the
 * client may send after R, and the server after 1.5 R. All ms, on the clock of `acceptedMs`.
 */
export function handshakeOf(acceptedMs: number, rttMs: number) {
  return {
    synArrivesMs: acceptedMs + rttMs / 2,
    clientOpensMs: acceptedMs + rttMs,
    serverOpensMs: acceptedMs + 1.5 * rttMs,
  };
}
