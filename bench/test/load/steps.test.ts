import { describe, expect, it } from 'vitest';
import { measureMicro } from '../../src/micro.ts';
import { startChild } from '../../src/processes/child.ts';
import type { ModelMethods } from '../../src/processes/model.ts';
import { tokenwire } from '../../src/load/tokenwire.ts';
import { micro, throughput } from '../../src/result/schema.ts';
import { measureThroughput } from '../../src/throughput.ts';

const MODEL_PROCESS = new URL('../../src/processes/model.ts', import.meta.url);
const context = { signal: new AbortController().signal, onProgress: (): void => {} };

describe('single steps', () => {
  it('are each measured, most beside a floor', async () => {
    const rows = await measureMicro({ timeMs: 1 }, context);
    expect(rows.map((row) => micro.safeParse(row).error)).toEqual(rows.map(() => undefined));
    const names = rows.map(({ task }) => task);
    const floors = rows.flatMap(({ floor }) => floor ?? []);
    expect(names).toEqual(expect.arrayContaining(floors));
    expect(floors.length).toBe(rows.length / 2);
  });
});

describe('whole responses', () => {
  it('are counted without an error on both endpoints', { timeout: 30_000 }, async () => {
    await using model = await startChild<ModelMethods>('model', MODEL_PROCESS);
    await using server = await tokenwire.start({ baseURL: await model.call.baseUrl() });
    const { host, http1 } = server.target;
    const rows = await measureThroughput(
      { address: `http://${host}:${http1}`, script: model.call.script, connections: 2, seconds: 1 },
      context,
    );
    expect(rows.map((row) => throughput.safeParse(row).error)).toEqual([undefined, undefined]);
    for (const row of rows) {
      expect(row.requests_per_second).toBeGreaterThan(0);
      expect(row.errors).toBe(0);
    }
  });
});
