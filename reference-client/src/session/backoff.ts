/** How long to wait before the next attempt. */

export interface BackoffOptions {
  /** Upper end of the first wait. */
  baseMs: number;
  /** Upper end of every wait. */
  maxMs: number;
}

/**
 * Full jitter: anything between nothing and the exponential ceiling, so that the clients of a
 * server that fell over do not come back in step.
 * @param attempt 0 for the first wait
 * @param random a number in [0, 1)
 */
export function fullJitter(attempt: number, random: number, { baseMs, maxMs }: BackoffOptions): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(random * ceiling);
}

/** A moment inside the window that `goaway.reconnect_ms` names. */
export function withinWindow([min, max]: readonly [number, number], random: number): number {
  return Math.round(min + random * Math.max(0, max - min));
}
