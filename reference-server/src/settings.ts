/** The environment variables of the command, read and checked. */
import type { HeartbeatTimes, Limits } from './limits.ts';

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly baseURL: string | undefined;
  readonly apiKey: string | undefined;
  readonly model: string;
  readonly modelIdleMs: number | undefined;
  readonly limits: Partial<Limits>;
  readonly heartbeat: Partial<HeartbeatTimes>;
  readonly noProgressMs: number | undefined;
  readonly tokens: ReadonlyMap<string, TokenOwner> | undefined;
  readonly origins: readonly string[];
  readonly drainDeadlineMs: number;
}

interface TokenOwner {
  readonly principal: string;
  readonly expiresInMs?: number;
}

export type ReadSettings = { ok: true; settings: Settings } | { ok: false; message: string };

type Environment = Readonly<Record<string, string | undefined>>;

class WrongSetting extends Error {}

/** Reads the environment. A wrong value is one line: what was expected and what came. */
export function readSettings(env: Environment): ReadSettings {
  try {
    return { ok: true, settings: settingsOf(env) };
  } catch (error) {
    if (error instanceof WrongSetting) return { ok: false, message: error.message };
    throw error;
  }
}

function settingsOf(env: Environment): Settings {
  const ms = (name: string, least = 0): number | undefined =>
    integer(env, name, least, Number.MAX_SAFE_INTEGER);
  return {
    port: integer(env, 'PORT', 0, 65_535) ?? 8080,
    host: given(env, 'HOST') ?? '127.0.0.1',
    baseURL: address(env, 'OPENAI_BASE_URL'),
    apiKey: given(env, 'OPENAI_API_KEY'),
    model: given(env, 'OPENAI_MODEL') ?? 'gpt-5-mini',
    modelIdleMs: ms('TOKENWIRE_MODEL_IDLE_MS', 1),
    limits: present({
      hello_timeout_ms: ms('TOKENWIRE_HELLO_TIMEOUT_MS', 1),
      grace_default_ms: ms('TOKENWIRE_GRACE_MS'),
      retention_ms: ms('TOKENWIRE_RETENTION_MS'),
      max_streams: ms('TOKENWIRE_MAX_STREAMS', 1),
    }),
    heartbeat: present({
      interval_ms: ms('TOKENWIRE_HEARTBEAT_INTERVAL_MS', 1),
      timeout_ms: ms('TOKENWIRE_HEARTBEAT_TIMEOUT_MS', 1),
    }),
    noProgressMs: ms('TOKENWIRE_NO_PROGRESS_MS', 1),
    tokens: tokens(env, 'TOKENWIRE_AUTH_TOKENS'),
    origins: list(env, 'TOKENWIRE_ORIGINS') ?? [],
    drainDeadlineMs: ms('TOKENWIRE_DRAIN_DEADLINE_MS') ?? 10_000,
  };
}

function given(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function readInteger(name: string, value: string, least: number, most: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw new WrongSetting(`${name}: expected an integer ${range}, got "${value}"`);
}

function integer(env: Environment, name: string, least: number, most: number): number | undefined {
  const value = given(env, name);
  return value === undefined ? undefined : readInteger(name, value, least, most);
}

function address(env: Environment, name: string): string | undefined {
  const value = given(env, name);
  if (value === undefined) return undefined;
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  throw new WrongSetting(`${name}: expected an http or https address, got "${value}"`);
}

function list(env: Environment, name: string): string[] | undefined {
  return given(env, name)
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** `token=principal` or `token=principal@lifetime_ms`. The complaint does not repeat the token. */
function tokens(env: Environment, name: string): ReadonlyMap<string, TokenOwner> | undefined {
  const items = list(env, name);
  if (items === undefined) return undefined;
  const owners = new Map<string, TokenOwner>();
  for (const [index, item] of items.entries()) {
    const [, token, principal, lifetime] = /^(.+?)=(.+?)(?:@(\d+))?$/.exec(item) ?? [];
    if (token === undefined || principal === undefined) {
      throw new WrongSetting(
        `${name}: expected token=principal or token=principal@lifetime_ms, item ${index + 1} is neither`,
      );
    }
    owners.set(token, { principal, ...(lifetime !== undefined && { expiresInMs: Number(lifetime) }) });
  }
  return owners;
}

function present<T extends Record<string, number | undefined>>(values: T): { [K in keyof T]?: number } {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: number };
}
