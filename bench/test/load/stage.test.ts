import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contestants } from '../../src/load/contestants.ts';
import { measureLoads } from '../../src/load/measure-loads.ts';
import { Stage } from '../../src/load/stage.ts';
import { directTarget, runningServer } from '../../src/peers/peer.ts';
import { startChild } from '../../src/processes/child.ts';
import type { ServerMethods } from '../../src/processes/server.ts';

const SERVER_PROCESS = new URL('../../src/processes/server.ts', import.meta.url);
const PLAN = { streams: 5, tokensPerSecond: 100, windowMs: 300, startGapMs: 5 };
const never = new AbortController().signal;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

describe.each(contestants.map((one) => [one.name, one] as const))('%s under load', (_, contestant) => {
  it.runIf(contestant.available().ok)('delivers what the model wrote', { timeout: 60_000 }, async () => {
    await using server = await contestant.start({ baseURL: stage.baseURL });
    const { outcome } = await stage.run(server, PLAN, never);
    expect(outcome.faults).toEqual([]);
    expect(outcome.delivered).toBeGreaterThan(0);
    expect(outcome.addedMs.length).toBeGreaterThan(0);
  });
});

describe('a fault that is planted in our server', () => {
  it.each([{ dropToken: 3 }, { doubleToken: 3 }])('voids the run: %o', async (fault) => {
    await using child = await startChild<ServerMethods>('faulty', SERVER_PROCESS);
    const { plain } = await child.call.listen({ baseURL: stage.baseURL, host: '127.0.0.1' });
    await child.call.fault(fault);
    const server = runningServer('tokenwire', child, directTarget(plain.http1));
    const { outcome } = await stage.run(server, PLAN, never);
    expect(outcome.faults).toEqual([expect.stringMatching(/^wrong text in 5 streams, first: stream 0/)]);
  });

  it('is a server that lets nobody in', async () => {
    const gone = { ...runningServer('floor', await endedChild(), directTarget(1)) };
    const { outcome } = await stage.run(gone, PLAN, never);
    expect(outcome.faults).toEqual([expect.stringMatching(/^no connection: .*ECONNREFUSED/)]);
  });
});

describe('a measurement that is ended', () => {
  it('gives back what there is', async () => {
    const options = {
      servers: ['tokenwire'],
      streams: [5],
      rounds: 1,
      windowMs: 100,
      seed: 1,
      memoryConnections: 5,
    };
    const measured = await measureLoads(options, { signal: AbortSignal.abort(), onProgress: () => {} });
    expect(measured).toMatchObject({ loads: [], memory: [] });
  });
});

async function endedChild() {
  const child = await startChild<ServerMethods>('ended', SERVER_PROCESS);
  await child.stop();
  return child;
}
