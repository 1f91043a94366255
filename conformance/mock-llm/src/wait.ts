/** Waits for `ms` milliseconds, or until the signal aborts. Never rejects. */
export type Delay = (ms: number, signal: AbortSignal) => Promise<void>;

/** The delay of plain timers: up to 2 ms late, like every setTimeout. */
export const timerDelay: Delay = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
  });

/** Resolves once the signal has aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The same signal, which also aborts when patience runs out. */
export function withPatience(signal: AbortSignal, patienceMs: number | undefined): AbortSignal {
  if (patienceMs === undefined) return signal;
  return AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
}
