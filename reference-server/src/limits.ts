/** What the server announces in `welcome`, and its defaults. */
import type { Limits, ServerMessageOf } from '@tokenwire/spec';

export type { Limits };

/** `welcome.heartbeat`. */
export type HeartbeatTimes = ServerMessageOf<'welcome'>['heartbeat'];

export const defaultLimits: Limits = {
  hello_timeout_ms: 10_000,
  max_client_bytes: 1_048_576,
  max_server_bytes: 65_536,
  max_streams: 64,
  retention_ms: 300_000,
  grace_default_ms: 60_000,
  grace_max_ms: 600_000,
  id_memory_ms: 3_600_000,
  tombstones: 1024,
  outbound_bytes: 1_048_576,
};

export const defaultHeartbeat: HeartbeatTimes = { interval_ms: 15_000, timeout_ms: 10_000 };

/** Everything in a message of the server but its text: type, id, from, seq, punctuation. */
const ENVELOPE_BYTES = 256;
const LEAST_SERVER_BYTES = 4096;

/** How long the JSON of the text of one entry may be. */
export function textBudget(limits: Limits): number {
  return limits.max_server_bytes - ENVELOPE_BYTES;
}

/**
 * The limits in force. The maxima follow what was set: a longer default grace raises `grace_max_ms`,
 * a longer retention raises `id_memory_ms`. Throws a RangeError on values that no server can keep.
 */
export function completeLimits(given: Partial<Limits> = {}): Limits {
  const limits = { ...defaultLimits, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new RangeError(`limits.${name}: there is no such limit`);
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`limits.${name}: expected an integer from 0, got ${String(value)}`);
    }
  }
  requireAtLeast(limits, 'max_client_bytes', 65_536);
  requireAtLeast(limits, 'max_server_bytes', LEAST_SERVER_BYTES);
  requireAtLeast(limits, 'max_streams', 1);
  requireAtLeast(limits, 'outbound_bytes', 4 * LEAST_SERVER_BYTES);
  limits.grace_max_ms = Math.max(limits.grace_max_ms, limits.grace_default_ms);
  limits.id_memory_ms = Math.max(limits.id_memory_ms, limits.retention_ms);
  return limits;
}

function requireAtLeast(limits: Limits, name: keyof Limits, least: number): void {
  if (limits[name] < least) {
    throw new RangeError(`limits.${name}: expected at least ${least}, got ${limits[name]}`);
  }
}

/** The heartbeat in force. Throws a RangeError on values that no server can keep. */
export function completeHeartbeat(given: Partial<HeartbeatTimes> = {}): HeartbeatTimes {
  const heartbeat = { ...defaultHeartbeat, ...given };
  for (const [name, value] of Object.entries(heartbeat)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new RangeError(`heartbeat.${name}: expected an integer from 1, got ${String(value)}`);
  }
  return heartbeat;
}
