/**
 * One clock for all processes of a run: the machine's monotonic clock, in milliseconds. `process.hrtime` counts from the
 * same moment in every process of a machine; `performance.now` counts from the start of its own.
 */

/** What must be added to this process's `performance.now()`. */
export const epochMs: number = measureEpoch();

export const now = (): number => performance.now() + epochMs;

/** The two clocks cannot be read at once: of some tries the closest counts. */
function measureEpoch(): number {
  let best = { spread: Number.POSITIVE_INFINITY, epoch: 0 };
  for (let attempt = 0; attempt < 20; attempt++) {
    const before = performance.now();
    const machine = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    if (after - before < best.spread)
      best = { spread: after - before, epoch: machine - (before + after) / 2 };
  }
  return best.epoch;
}
