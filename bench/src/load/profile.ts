/** Where the CPU time of a token goes, part by part: a profile of our server, and one of the floor beside it. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Profile } from '../result/schema.ts';
import type { Contestant } from './contestant.ts';
import { type MeasureContext, Steps, untilAborted } from './context.ts';
import { entrantsOf, START_MS, type LeftOut } from './field.ts';
import { estimateRunMs, type LoadPlan } from './load-plan.ts';
import { type CpuProfile, partsOf } from './profile-parts.ts';
import { Stage } from './stage.ts';

export interface ProfileOptions {
  servers: readonly string[];
  streams: number;
  tokensPerSecond: number;
  windowMs: number;
}

export const profileDefaults: ProfileOptions = {
  servers: ['floor', 'tokenwire'],
  streams: 100,
  tokensPerSecond: 5000,
  windowMs: 8000,
};

export interface MeasuredProfiles {
  profiles: Profile[];
  leftOut: LeftOut[];
}

/** Before the window of the profile, so that it shows compiled code. */
const WARM_UP_MS = 2000;

/**
 * The profiler of Node runs from the beginning to the end of the process, and what lies outside the window is left out: no
 * debugger is attached, and nothing is sent while it counts. It costs some CPU itself, so `us_per_token` here lies above that
 * of the loads.
 */
export async function measureProfiles(
  options: ProfileOptions,
  context: MeasureContext,
): Promise<MeasuredProfiles> {
  const { present, leftOut } = entrantsOf(options.servers);
  const steps = new Steps(present.length, context);
  const profiles: Profile[] = [];
  await using stage = await Stage.open();
  await untilAborted(context.signal, async () => {
    for (const contestant of present) {
      steps.begin(`${contestant.name}: CPU profile`);
      const profile = await profileOf(contestant, options, stage, context.signal);
      if (typeof profile === 'string') leftOut.push({ server: contestant.name, reason: profile });
      else profiles.push(profile);
    }
  });
  return { profiles, leftOut };
}

/** How long it takes, in ms. */
export const estimateProfilesMs = (options: ProfileOptions): number =>
  entrantsOf(options.servers).present.reduce(
    (sum, contestant) => sum + START_MS + WARM_UP_MS + estimateRunMs(planOf(options, contestant)),
    0,
  );

const planOf = (options: ProfileOptions, { startGapMs }: Contestant): LoadPlan => ({
  ...options,
  startGapMs,
});

/** The profile, or why there is none. */
async function profileOf(
  contestant: Contestant,
  options: ProfileOptions,
  stage: Stage,
  signal: AbortSignal,
): Promise<Profile | string> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenwire-profile-'));
  try {
    const server = await contestant.start({ baseURL: stage.baseURL, cpuProfile: folder });
    const plan = planOf(options, contestant);
    try {
      await stage.run(server, { ...plan, windowMs: WARM_UP_MS }, signal);
      const { trace, outcome } = await stage.run(server, plan, signal);
      // The profile is written when the process ends.
      await server.stop();
      const [fault] = outcome.faults;
      if (fault !== undefined || trace === undefined) return fault ?? 'it was not loaded';
      const { from, to } = trace;
      const cpuMs = (to.serverMs ?? 0) - (from.serverMs ?? 0);
      const mainMs = (to.serverMainMs ?? 0) - (from.serverMainMs ?? 0);
      if (mainMs === 0 || outcome.delivered === 0) return 'its CPU time cannot be measured here';
      const window = { from: from.at, to: to.at, cpuMs, mainMs, tokens: outcome.delivered };
      const parts = partsOf(await readProfile(folder), window);
      const usPerToken = (cpuMs * 1000) / outcome.delivered;
      return { server: contestant.name, streams: plan.streams, us_per_token: usPerToken, parts };
    } finally {
      await server.stop();
    }
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of the main thread: a worker's profile has its own file, with a higher thread number in its name. */
async function readProfile(folder: string): Promise<CpuProfile> {
  const [first] = (await readdir(folder)).filter((name) => name.endsWith('.0.001.cpuprofile'));
  if (first === undefined) throw new Error('this server wrote no CPU profile: only servers on Node do');
  return JSON.parse(await readFile(join(folder, first), 'utf8')) as CpuProfile;
}
