/** What stands beside the rounds: single steps, whole responses, and servers under load. */
import {
  estimateLoadsMs,
  estimateProfilesMs,
  estimateSustainedMs,
  type LeftOut,
  type LoadOptions,
  measureLoads,
  measureProfiles,
  measureSustained,
  profileDefaults,
  sustainedDefaults,
} from '../load/index.ts';
import { estimateMicroMs, measureMicro } from '../micro.ts';
import { peers } from '../peers/index.ts';
import type { Result } from '../result/schema.ts';
import { estimateThroughputMs, measureThroughput, throughputDefaults } from '../throughput.ts';
import type { RunOptions } from './rounds.ts';
import type { RunSettings } from './settings.ts';
import { Stage } from './stage.ts';

export type Rest = Pick<
  Result,
  'loads' | 'sustained' | 'memory' | 'profiles' | 'micro' | 'throughput' | 'left_out'
>;

type Tell = (done: number, total: number, what: string) => void;

/** One thing to measure, and how long that takes. */
interface Part {
  ms: number;
  measure: (context: {
    signal: AbortSignal;
    onProgress: Tell;
  }) => Promise<Partial<Rest> & { leftOut?: LeftOut[] }>;
}

const MICRO_MS = 500;
/** Resident memory grows in steps: fewer connections would show the steps. */
const MEMORY_CONNECTIONS = 400;

function partsOf(settings: RunSettings): Part[] {
  const parts: Part[] = [];
  if (settings.micro) {
    const ms = estimateMicroMs({ timeMs: MICRO_MS });
    parts.push({
      ms,
      measure: async (context) => ({ micro: await measureMicro({ timeMs: MICRO_MS }, context) }),
    });
  }
  if (settings.throughput) parts.push(throughput(settings));
  if (settings.load.rounds === 0) return parts;
  const profiles = profileDefaults;
  const sustained = { ...sustainedDefaults, servers: ['floor', 'tokenwire'], seed: settings.seed };
  for (const options of loadsOf(settings)) {
    parts.push({ ms: estimateLoadsMs(options), measure: (context) => measureLoads(options, context) });
  }
  parts.push({
    ms: estimateSustainedMs(sustained),
    measure: (context) => measureSustained(sustained, context),
  });
  parts.push({ ms: estimateProfilesMs(profiles), measure: (context) => measureProfiles(profiles, context) });
  return parts;
}

/** The fast servers under much load; and where slow ones take part, all of them under as much as those can bear. */
function loadsOf({ peers: wanted, load, seed }: RunSettings): LoadOptions[] {
  const slow = peers.filter((peer) => peer.slow && wanted.includes(peer.name)).map(({ name }) => name);
  const fast = ['floor', 'tokenwire', ...wanted.filter((name) => name !== 'floor' && !slow.includes(name))];
  const common = { ...load, seed };
  // One stream is the same load with and without slow ones.
  const streams = slow.length === 0 ? load.streams : load.streams.filter((count) => count > 1);
  const first = {
    ...common,
    streams,
    servers: fast,
    memoryConnections: slow.length === 0 ? MEMORY_CONNECTIONS : 0,
  };
  const second = { ...common, servers: [...fast, ...slow], memoryConnections: MEMORY_CONNECTIONS };
  return slow.length === 0 ? [first] : [first, second];
}

function throughput(settings: RunSettings): Part {
  const ms = estimateThroughputMs(throughputDefaults) + 2000;
  const measure: Part['measure'] = async (context) => {
    await using stage = await Stage.start({ ...settings, peers: [], networks: [] });
    const address = `http://127.0.0.1:${stage.ports.plain.http1}`;
    const script: Stage['script'] = (plan, keys) => stage.script(plan, keys);
    return { throughput: await measureThroughput({ ...throughputDefaults, address, script }, context) };
  };
  return { ms, measure };
}

export const restMs = (settings: RunSettings): number =>
  partsOf(settings).reduce((sum, { ms }) => sum + ms, 0);

/** One part that fails must not take along what others measured. */
const failed = (error: unknown): Partial<Rest> & { leftOut: LeftOut[] } => {
  const reason = error instanceof Error ? error.message : String(error);
  return { leftOut: [{ server: 'a part of the run', reason }] };
};

/** After an abort, what was measured so far. */
export async function measureRest(
  settings: RunSettings,
  { signal, onProgress }: Pick<RunOptions, 'signal' | 'onProgress'>,
): Promise<Partial<Rest>> {
  const parts = partsOf(settings);
  const whole = restMs(settings);
  const rest: Partial<Rest> = {};
  let before = 0;
  for (const { ms, measure } of parts) {
    if (signal.aborted) break;
    const from = before;
    const tell: Tell = (done, total, what) =>
      onProgress((from + (ms * done) / Math.max(1, total)) / whole, what);
    const { leftOut = [], ...measured } = await measure({ signal, onProgress: tell }).catch(failed);
    for (const [name, rows] of Object.entries(measured) as [keyof Rest, never[]][]) {
      rest[name] = [...(rest[name] ?? []), ...rows] as never;
    }
    rest.left_out = [...(rest.left_out ?? []), ...leftOut];
    before += ms;
  }
  return rest;
}
