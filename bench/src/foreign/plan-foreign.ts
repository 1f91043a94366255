/** From the options of a run to what it will do: which servers, how many requests, how fast. */
import type { CellPlan } from '../plan.ts';
import { cellId, profiles, type RunSettings } from '../run/settings.ts';
import {
  type Decoded,
  decodeChatAddress,
  decodeWebSocketAddress,
  type ForeignServer,
  type Place,
} from './server.ts';

export interface ForeignOptions {
  url?: string;
  sse?: string;
  maxRequests?: number;
  rate?: number;
  prompt?: string;
  model?: string;
  header?: [name: string, value: string][];
  token?: string;
  insecure?: boolean;
  yes?: boolean;
  /** Of every run. */
  temperatures?: ('cold' | 'warm')[];
  arrivals?: 'poisson' | 'even';
  seed?: number;
}

export interface ForeignPlan {
  servers: ForeignServer[];
  settings: RunSettings;
  cells: CellPlan[];
  rate: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULTS = {
  maxRequests: 20,
  rate: 1,
  prompt: 'In about 80 words: how does rain form?',
  model: 'gpt-5-mini',
} as const;

/** The path that a packet takes is the user's own. */
const NETWORK = { name: 'as it is', rttMs: 0 };

export function planForeign(options: ForeignOptions, env: Environment): Decoded<ForeignPlan> {
  const servers = serversOf(options, env);
  if (!servers.ok) return servers;
  const {
    maxRequests = DEFAULTS.maxRequests,
    rate = DEFAULTS.rate,
    temperatures = ['cold', 'warm'],
  } = options;
  if (temperatures.length === 0 || temperatures.some((name) => name !== 'cold' && name !== 'warm'))
    return { ok: false, message: '--temperatures: expected cold, warm or both' };
  if (!(rate > 0)) return { ok: false, message: `--rate: expected more than 0 per second, got ${rate}` };
  const cells = cellsOf(servers.value, temperatures);
  const rounds = Math.floor(maxRequests / cells.length);
  if (rounds === 0) {
    const message = `--max-requests: expected at least ${cells.length}, one for each condition, got ${maxRequests}`;
    return { ok: false, message };
  }
  const settings: RunSettings = {
    ...profiles.default,
    profile: 'custom',
    seed: options.seed ?? profiles.default.seed,
    transports: servers.value.map(({ transport }) => transport),
    temperatures,
    networks: [NETWORK],
    // Nothing is known of the model.
    model: { ttftMs: 0, tokens: 0, tokenMs: 0 },
    pollMs: 0,
    rounds,
    perRound: 1,
    windowMs: (cells.length * 1000) / rate,
    arrivals: options.arrivals ?? 'poisson',
    interactions: 0,
  };
  return { ok: true, value: { servers: servers.value, settings, cells, rate } };
}

function cellsOf(servers: readonly ForeignServer[], temperatures: readonly ('cold' | 'warm')[]): CellPlan[] {
  return servers.flatMap(({ transport, target: { tls } }) =>
    temperatures.map((temperature) => {
      const condition = { transport, temperature, tls, network: NETWORK.name };
      return { id: cellId(condition), ...condition };
    }),
  );
}

function serversOf(options: ForeignOptions, env: Environment): Decoded<ForeignServer[]> {
  const { url, sse } = options;
  const servers: ForeignServer[] = [];
  if (url !== undefined) {
    const place = decodeWebSocketAddress(url);
    if (!place.ok) return place;
    servers.push(serverAt(place.value, options, env));
  }
  if (sse !== undefined) {
    const place = decodeChatAddress(sse);
    if (!place.ok) return place;
    servers.push(serverAt(place.value, options, env));
  }
  return { ok: true, value: servers };
}

function serverAt({ basic, ...place }: Place, options: ForeignOptions, env: Environment): ForeignServer {
  const isChat = place.transport === 'sse-h1';
  const { prompt = DEFAULTS.prompt, insecure = false } = options;
  const key = env['OPENAI_API_KEY'] ? `Bearer ${env['OPENAI_API_KEY']}` : undefined;
  const authorization = basic ?? key;
  // A header of the user replaces ours, however it is written.
  const given = (options.header ?? []).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    ...place,
    insecure,
    prompt,
    model: options.model ?? (isChat ? env['OPENAI_MODEL'] || DEFAULTS.model : undefined),
    token: isChat ? undefined : options.token || env['TOKENWIRE_TOKEN'] || undefined,
    headers: isChat ? { ...(authorization && { authorization }), ...Object.fromEntries(given) } : {},
  };
}
