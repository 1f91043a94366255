import { expect, test } from 'vitest';
import { completeHeartbeat, completeLimits, type Limits } from '../src/limits.ts';

test('raises the maxima with what they bound', () => {
  const limits = completeLimits({ grace_default_ms: 900_000, retention_ms: 7_200_000 });
  expect(limits).toMatchObject({ grace_max_ms: 900_000, id_memory_ms: 7_200_000 });
});

test.each<[Partial<Limits>, string]>([
  [{ max_client_bytes: 1000 }, 'limits.max_client_bytes: expected at least 65536, got 1000'],
  [{ max_server_bytes: 10 }, 'limits.max_server_bytes: expected at least 4096, got 10'],
  [{ retention_ms: -1 }, 'limits.retention_ms: expected an integer from 0, got -1'],
  [{ retentionMs: 1 } as Partial<Limits>, 'limits.retentionMs: there is no such limit'],
])('refuses %j', (limits, message) => {
  expect(() => completeLimits(limits)).toThrow(new RangeError(message));
});

test('refuses a heartbeat that never rests', () => {
  expect(() => completeHeartbeat({ interval_ms: 0 })).toThrow(
    'heartbeat.interval_ms: expected an integer from 1',
  );
});
