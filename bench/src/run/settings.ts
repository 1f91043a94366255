/** How a run is set: its three sizes, and what each costs in time. */
import type { CellPlan, ModelPlan } from '../plan.ts';
import { totalMs } from '../plan.ts';

export interface NetworkPlan {
  /** Such as `100ms`. */
  name: string;
  rttMs: number;
  jitterMs?: number;
  bandwidthKbit?: number;
  outage?: { everyMs: number; forMs: number };
}

export interface RunSettings {
  profile: 'quick' | 'default' | 'full' | 'custom';
  seed: number;
  transports: readonly string[];
  temperatures: readonly ('cold' | 'warm')[];
  tls: readonly boolean[];
  networks: readonly NetworkPlan[];
  /** What delays: a proxy in user space, or a device that delays every packet. */
  link: 'userspace' | 'tun';
  model: ModelPlan;
  /** Pause of a polling client between two requests. */
  pollMs: number;
  /** Randomised blocks, requests of each cell in one, and how long their arrivals are spread. */
  rounds: number;
  perRound: number;
  windowMs: number;
  /** `poisson`: independent users. `even`: the same distance between all. */
  arrivals: 'poisson' | 'even';
  /** Stops and cuts of each transport and network in one round. */
  interactions: number;
  objectives: { ttftMs: number; tpotMs: number };
  /** Makes our server slower on purpose: each call of the model begins so much later, in ms. */
  delayServerMs: number;
  micro: boolean;
  throughput: boolean;
  /** Servers of others in the same run. */
  peers: readonly string[];
  /** Rounds of the load part, how many streams each, and for how long; no rounds leave it out. */
  load: { rounds: number; streams: readonly number[]; windowMs: number };
}

export const transportNames = [
  'websocket',
  'sse-h1',
  'sse-h2',
  'blocking',
  'polling-end',
  'polling-cursor',
  'long-poll',
] as const;

/** The tutorial's answer: 100 tokens in 2.4 s. */
const model: ModelPlan = { ttftMs: 200, tokens: 100, tokenMs: 22.25 };

export const networks = {
  loopback: { name: 'loopback', rttMs: 0 },
  '20ms': { name: '20ms', rttMs: 20 },
  '100ms': { name: '100ms', rttMs: 100 },
  '300ms': { name: '300ms', rttMs: 300 },
  '100ms-jitter': { name: '100ms-jitter', rttMs: 100, jitterMs: 20 },
  '100ms-1mbit': { name: '100ms-1mbit', rttMs: 100, bandwidthKbit: 1000 },
  '100ms-outages': { name: '100ms-outages', rttMs: 100, outage: { everyMs: 3000, forMs: 300 } },
} as const satisfies Record<string, NetworkPlan>;
export type NetworkName = keyof typeof networks;

const quick: RunSettings = {
  profile: 'quick',
  seed: 1,
  transports: transportNames,
  temperatures: ['cold', 'warm'],
  tls: [false],
  networks: [networks.loopback, networks['100ms']],
  link: 'userspace',
  model,
  pollMs: 1000,
  rounds: 8,
  perRound: 2,
  windowMs: 5000,
  arrivals: 'poisson',
  interactions: 1,
  objectives: { ttftMs: 1000, tpotMs: 50 },
  delayServerMs: 0,
  micro: false,
  throughput: false,
  peers: [],
  load: { rounds: 0, streams: [1, 100, 400], windowMs: 5000 },
};

export const profiles: Record<'quick' | 'default' | 'full', RunSettings> = {
  quick,
  default: {
    ...quick,
    profile: 'default',
    rounds: 30,
    perRound: 4,
    windowMs: 14_000,
    micro: true,
    throughput: true,
  },
  full: {
    ...quick,
    profile: 'full',
    tls: [false, true],
    networks: Object.values(networks),
    rounds: 30,
    perRound: 4,
    windowMs: 78_000,
    micro: true,
    throughput: true,
    peers: ['floor', 'socket.io', 'ai-sdk', 'tutorial'],
    load: { ...quick.load, rounds: 7 },
  },
};

/** Every condition of a run. */
export function cellsOf({ transports, peers, temperatures, tls, networks: all }: RunSettings): CellPlan[] {
  return [...transports, ...peers].flatMap((transport) =>
    temperatures.flatMap((temperature) =>
      // The servers of others are plain ones.
      (peers.includes(transport) ? [false] : tls).flatMap((secure) =>
        all.map(({ name }) => ({
          id: cellId({ transport, temperature, tls: secure, network: name }),
          transport,
          temperature,
          tls: secure,
          network: name,
        })),
      ),
    ),
  );
}

export const cellId = ({ transport, temperature, tls, network }: Omit<CellPlan, 'id'>): string =>
  [transport, temperature, tls ? 'tls' : 'plain', network].join('/');

/** How long the last answer of a round may take after its request, in ms. */
export function tailMs({ model: plan, networks: all, pollMs }: RunSettings): number {
  const rtt = Math.max(0, ...all.map(({ rttMs }) => rttMs));
  return totalMs(plan) + pollMs + 5 * rtt + 200;
}

/** What starting the processes, a first round for their compilers and the reports take. */
const SETUP_MS = 15_000;

/** How long the latency part of a run takes, in ms. */
export function latencyMs(settings: RunSettings): number {
  if (settings.transports.length === 0) return SETUP_MS;
  return SETUP_MS + settings.rounds * settings.windowMs + tailMs(settings);
}
