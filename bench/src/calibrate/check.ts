/** One thing that was injected, and whether the benchmark recovered or flagged it. */
export interface Check {
  name: string;
  /** What was done on purpose. */
  injected: string;
  expected: string;
  measured: string;
  ok: boolean;
  /** Why it could not be tried here. */
  skipped?: string;
}

/** Medians within max(1 ms, 2 %). */
export function recovered(name: string, injected: string, expectedMs: number, measuredMs: number): Check {
  const tolerance = Math.max(1, 0.02 * Math.abs(expectedMs));
  return {
    name,
    injected,
    expected: `${expectedMs.toFixed(2)} ± ${tolerance.toFixed(2)} ms`,
    measured: `${measuredMs.toFixed(2)} ms`,
    ok: Math.abs(measuredMs - expectedMs) <= tolerance,
  };
}

/** Something that must be pointed out in words. */
export function flagged(name: string, injected: string, wanted: RegExp, said: readonly string[]): Check {
  const found = said.find((text) => wanted.test(text));
  return {
    name,
    injected,
    expected: 'flagged',
    measured: found ?? `nothing said (${said.join('; ') || 'no notes'})`,
    ok: found !== undefined,
  };
}

export function counted(name: string, injected: string, expected: number, measured: number): Check {
  return {
    name,
    injected,
    expected: String(expected),
    measured: String(measured),
    ok: expected === measured,
  };
}
