/** In what two runs differ before anything was measured. */
import type { Network, Result } from '../result/schema.ts';

export interface Difference {
  /** `model` and `network` decide what is measured; `build` is what one compares. */
  readonly kind: 'model' | 'network' | 'machine' | 'versions' | 'build' | 'settings';
  /** Such as `model.ttft_ms: 200 against 300`. */
  readonly text: string;
}

/** Between a run and another. Networks that only one of them has are no difference: their cells are missing. */
export function differences(a: Result, b: Result): Difference[] {
  const of = (kind: Difference['kind'], texts: string[]): Difference[] =>
    texts.map((text) => ({ kind, text }));
  return [
    ...of('model', changed('model', a.model, b.model)),
    ...of(
      'network',
      a.networks.flatMap((network) => changedNetwork(network, b.networks)),
    ),
    ...of('machine', changed('machine', machine(a), machine(b))),
    ...of('versions', changed('versions', a.machine.versions, b.machine.versions)),
    ...of('build', changed('machine', { commit: a.machine.commit }, { commit: b.machine.commit })),
    ...of('settings', changed('', settings(a), settings(b))),
  ];
}

/** Calibrations are measured, so they always differ a little: more than this is another link. */
const CALIBRATION_MS = 1;
const CALIBRATION_SHARE = 0.02;

/** Networks of the same name and settings that were not the same when they were measured, with an echo. */
export function calibrationDrift(a: Result, b: Result): string[] {
  return a.networks.flatMap(({ name, calibration }) => {
    const other = b.networks.find((network) => network.name === name)?.calibration;
    if (!calibration || !other) return [];
    const drift = Math.abs(calibration.rtt_ms - other.rtt_ms);
    if (drift <= Math.max(CALIBRATION_MS, CALIBRATION_SHARE * calibration.rtt_ms)) return [];
    return [`the round trip of ${name} was ${calibration.rtt_ms} ms against ${other.rtt_ms} ms`];
  });
}

function changedNetwork(network: Network, others: readonly Network[]): string[] {
  const other = others.find(({ name }) => name === network.name);
  if (other === undefined) return [];
  const { calibration: _a, ...before } = network;
  const { calibration: _b, ...after } = other;
  return changed(`network ${network.name}`, before, after);
}

function machine({ machine: { os, arch, cpu, cores, node } }: Result): object {
  return { os, arch, cpu, cores, node };
}

function settings(result: Result): object {
  return {
    target: result.target,
    profile: result.profile,
    poll_interval_ms: result.poll_interval_ms,
    objectives: result.objectives,
    arrivals: result.generator.arrivals,
    requests_per_second: result.generator.requests_per_second,
  };
}

function changed(label: string, a: object | null, b: object | null): string[] {
  const [before, after] = [new Map(Object.entries(a ?? {})), new Map(Object.entries(b ?? {}))];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [x, y] = [shown(before.get(key)), shown(after.get(key))];
    return x === y ? [] : [`${label === '' ? '' : `${label}.`}${key}: ${x} against ${y}`];
  });
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
