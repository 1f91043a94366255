/** What every peer has: a client, and a server that runs as a process of its own. */
import { type ChildOptions, startChild } from '../processes/child.ts';
import type { PeerMethods, PeerName } from './peer-process.ts';
import type { Target, Transport } from '../transports/transport.ts';
import { cpuMsOf, residentKbOf } from './usage.ts';
import type { Connect } from './wire.ts';

export interface StartOptions {
  /** Of the model: `…/v1`. */
  baseURL: string;
  /** The address to bind, by default 127.0.0.1. */
  host?: string;
  /** A folder for a CPU profile of the whole life of the process. Node only. */
  cpuProfile?: string;
  /** A command to run it with, such as `ip netns exec NAME`. */
  prefix?: readonly string[];
}

/** A server under test, somebody's or ours. */
export interface RunningServer extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Where it is reached without a link in between. */
  readonly target: Target;
  /** CPU time used so far, in ms; null where it cannot be known. */
  cpuMs(): Promise<number | null>;
  residentKb(): Promise<number | null>;
  stop(): Promise<void>;
}

export type Availability = { ok: true } | { ok: false; reason: string };

export interface Peer {
  readonly name: string;
  readonly transport: Transport;
  readonly connect: Connect;
  /** It takes several times the floor per token: 2000 tokens/s in all leave it unsaturated on one core, 5000 do not. */
  readonly slow: boolean;
  /** Requests may come so far apart, in ms, without piling up: what one takes besides its tokens, and half as much again. */
  readonly startGapMs: number;
  /** Whether it can be started on this machine; the reason says how it could be. */
  available(): Availability;
  /** Rejects when it cannot be started. */
  start(options: StartOptions): Promise<RunningServer>;
}

const PEER_PROCESS = new URL('../processes/peer.ts', import.meta.url);
const LOOPBACK = '127.0.0.1';

/** A target without TLS or link. */
export const directTarget = (http1: number, host = LOOPBACK, http2 = 0): Target => ({
  host,
  http1,
  http2,
  tls: false,
  handshakeMs: 0,
  pollMs: 0,
});

/** How to run a process of Node for a server under test. */
export const childOptions = ({ cpuProfile, prefix = [] }: StartOptions): ChildOptions => ({
  prefix,
  nodeOptions: cpuProfile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfile}`],
});

interface MeasuredChild {
  readonly pid: number;
  readonly call: { cpuMs(): Promise<number>; residentKb(): Promise<number> };
  stop(): Promise<void>;
}

/** A process of Node as a server under test: measured from outside where that is possible, else by itself. */
export const runningServer = (name: string, child: MeasuredChild, target: Target): RunningServer => ({
  name,
  pid: child.pid,
  target,
  cpuMs: async () => cpuMsOf(child.pid) ?? (await child.call.cpuMs()),
  residentKb: async () => residentKbOf(child.pid) ?? (await child.call.residentKb()),
  stop: () => child.stop(),
  [Symbol.asyncDispose]: () => child.stop(),
});

/** Starts the server of a peer that is written for Node. */
export async function startNodePeer(name: PeerName, options: StartOptions): Promise<RunningServer> {
  const { baseURL, host = LOOPBACK } = options;
  const child = await startChild<PeerMethods>(name, PEER_PROCESS, childOptions(options));
  try {
    const port = await child.call.serve(name, { baseURL, host });
    return runningServer(name, child, directTarget(port, host));
  } catch (error) {
    await child.stop();
    throw error;
  }
}
