/** When may a refused request be sent again, and how long to wait before. */

/** Attempts after the first one. */
const RETRIES = 2;
const FIRST_WAIT_MS = 250;
/** A model that wants a longer pause is not waited for: the client can decide better. */
const MAX_WAIT_MS = 5000;

export interface Refused {
  readonly status: number;
  readonly headers: Headers | undefined;
  /** How many attempts were refused before this one. */
  readonly attempt: number;
  /** 0 … 1, for jitter. */
  readonly random: number;
}

/**
 * Milliseconds until the next attempt, or undefined when there is none.
 * generate.no-blind-retry: only what the model completely refused with 429 or 503 is repeated.
 */
export function retryWait({ status, headers, attempt, random }: Refused): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  if (attempt >= RETRIES || headers?.get('x-should-retry') === 'false') return undefined;
  const asked = askedWait(headers);
  if (asked !== undefined) return asked <= MAX_WAIT_MS ? asked : undefined;
  return FIRST_WAIT_MS * 2 ** attempt * (0.5 + random / 2);
}

function askedWait(headers: Headers | undefined): number | undefined {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (ms >= 0) return ms;
  const after = headers?.get('retry-after') ?? '';
  if (/^\d+$/.test(after)) return Number(after) * 1000;
  // A date is read against the model's own clock.
  const until = Date.parse(after) - Date.parse(headers?.get('date') ?? '');
  return Number.isNaN(until) ? undefined : Math.max(0, until);
}
