/** Injects what is known, and sees whether the benchmark finds it. */
import { tunAvailable } from '../link/link.ts';
import { Bed } from './bed.ts';
import type { Check } from './check.ts';
import { type Group, groups } from './checks.ts';

export interface CalibrateOptions {
  /** Only these groups. */
  only?: readonly string[];
  signal: AbortSignal;
  onProgress: (share: number, what: string) => void;
}

/** How long all groups take, in ms. */
export const CALIBRATE_MS = 50_000;

export const groupNames: readonly string[] = groups.map(({ name }) => name);

export async function calibrate({
  only = groupNames,
  signal,
  onProgress,
}: CalibrateOptions): Promise<Check[]> {
  const wanted = groups.filter(({ name }) => only.includes(name));
  const checks: Check[] = [];
  let done = 0;
  for (const [link, ofLink] of Map.groupBy(wanted, (group) => group.link)) {
    const available = link === 'tun' ? tunAvailable() : ({ ok: true } as const);
    if (!available.ok) {
      checks.push(...ofLink.map((group) => skipped(group, available.reason)));
      continue;
    }
    await using bed = await Bed.start(link, signal);
    for (const group of ofLink) {
      if (signal.aborted) return checks;
      onProgress(done++ / wanted.length, group.name);
      checks.push(...(await runGroup(group, bed)));
    }
  }
  return checks;
}

function skipped({ name }: Group, reason: string): Check {
  return { name, injected: '', expected: '', measured: '', ok: true, skipped: reason };
}

async function runGroup(group: Group, bed: Bed): Promise<Check[]> {
  try {
    return await group.run(bed);
  } catch (error) {
    const measured = error instanceof Error ? error.message : String(error);
    return [{ name: group.name, injected: '', expected: 'to be measured', measured, ok: false }];
  }
}
