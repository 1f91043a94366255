/** The processes of a run: model, servers, links and load generators, each on its own, and how to reach one from another. */
import type { JournalEntry, Script } from '@tokenwire/mock-llm';
import { now } from '../clock.ts';
import type { RoundOutcome, RoundPlan } from '../generator/round.ts';
import { inNamespace, type Link, measureLink, startTunLink, startUserspaceLink } from '../link/link.ts';
import { type LeftOut } from '../load/index.ts';
import { peers } from '../peers/index.ts';
import type { RunningServer, StartOptions } from '../peers/peer.ts';
import { type CellPlan, type ModelPlan, textsOf } from '../plan.ts';
import { type Child, type Common, type Methods, startChild } from '../processes/child.ts';
import type { GeneratorMethods } from '../processes/generator.ts';
import type { CallLog, ModelMethods } from '../processes/model.ts';
import type { Ports, ServerMethods } from '../processes/server.ts';
import type { Network } from '../result/schema.ts';
import type { Target } from '../transports/transport.ts';
import type { NetworkPlan } from './settings.ts';

export interface StageOptions {
  networks: readonly NetworkPlan[];
  link: 'userspace' | 'tun';
  pollMs: number;
  seed: number;
  /** Servers of others that run too. */
  peers?: readonly string[];
  /** What stands between the generator and everything else: a witness. */
  via?: (target: Target) => Promise<Target>;
}

const MAIN = {
  model: new URL('../processes/model.ts', import.meta.url),
  server: new URL('../processes/server.ts', import.meta.url),
  generator: new URL('../processes/generator.ts', import.meta.url),
};

/** A network of the run: its link, and the generator that lives at its far end. */
interface Path {
  plan: NetworkPlan;
  link: Link | undefined;
  generator: Child<GeneratorMethods & Common>;
}

export class Stage implements AsyncDisposable {
  readonly model: Child<ModelMethods & Common>;
  readonly server: Child<ServerMethods & Common>;
  readonly ports: Ports;
  readonly #paths: ReadonlyMap<string, Path>;
  readonly #options: StageOptions;
  readonly #servers: ReadonlyMap<string, RunningServer>;
  /** Peers that could not be started here. */
  readonly leftOut: readonly LeftOut[];
  readonly #targets = new Map<string, Promise<Target>>();
  #rounds = 0;

  private constructor(
    options: StageOptions,
    model: Child<ModelMethods & Common>,
    server: Child<ServerMethods & Common>,
    ports: Ports,
    paths: ReadonlyMap<string, Path>,
    peers: StartedPeers,
  ) {
    this.#options = options;
    this.#servers = peers.servers;
    this.leftOut = peers.leftOut;
    this.model = model;
    this.server = server;
    this.ports = ports;
    this.#paths = paths;
  }

  static async start(options: StageOptions): Promise<Stage> {
    const model = await startChild<ModelMethods>('model', MAIN.model);
    const server = await startChild<ServerMethods>('server', MAIN.server);
    const host = options.link === 'tun' ? '0.0.0.0' : '127.0.0.1';
    const baseURL = await model.call.baseUrl();
    const ports = await server.call.listen({ baseURL, host });
    const paths = new Map<string, Path>();
    let near: Child<GeneratorMethods & Common> | undefined;
    for (const plan of options.networks) {
      const link = plan.rttMs === 0 ? undefined : await startLink(plan, options);
      const prefix = link === undefined || link.kind === 'userspace' ? [] : inNamespace(link);
      const generator =
        prefix.length === 0
          ? (near ??= await startChild<GeneratorMethods>('generator', MAIN.generator))
          : await startChild<GeneratorMethods>('generator', MAIN.generator, { prefix });
      paths.set(plan.name, { plan, link, generator });
    }
    const others = await startPeers(options, { baseURL, host });
    return new Stage(options, model, server, ports, paths, others);
  }

  /** Where a client under these conditions finds its server: ours, or that of a peer. */
  target({ transport, network, tls }: Omit<CellPlan, 'id'>): Promise<Target> {
    const server = this.#servers.get(transport);
    const name = `${server?.name} ${network} ${tls}`;
    const ports = server?.target ?? (tls ? this.ports.tls : this.ports.plain);
    const { via = async (target: Target) => target } = this.#options;
    const known = this.#targets.get(name) ?? this.#route(network, tls, ports).then(via);
    this.#targets.set(name, known);
    return known;
  }

  async #route(network: string, tls: boolean, { http1: one, http2: two }: Ports['plain']): Promise<Target> {
    const { plan, link } = this.#path(network);
    const ports = { http1: one, http2: two };
    const { pollMs } = this.#options;
    if (!link) return { host: '127.0.0.1', ...ports, tls, handshakeMs: 0, pollMs };
    const [http1, http2] = await Promise.all([link.route(one), two === 0 ? undefined : link.route(two)]);
    const handshakeMs = link.kind === 'userspace' ? plan.rttMs : 0;
    return { host: http1.host, http1: http1.port, http2: http2?.port ?? 0, tls, handshakeMs, pollMs };
  }

  /** The number of the next round: ids and scripts are named by it, and no two rounds of a stage may share any. */
  nextRound(): number {
    return this.#rounds++;
  }

  /** Registers what the model says to these keys. */
  script(plan: ModelPlan, keys: readonly string[]): Promise<Script> {
    return this.model.call.script(plan, keys);
  }

  /** What the model saw and did for these keys, in order. */
  async journal(plan: ModelPlan, keys: readonly string[]): Promise<JournalEntry[]> {
    const texts = textsOf(plan);
    const entries = (await this.model.call.calls(keys)).flatMap((log) => entriesOf(log, texts));
    return entries.sort((a, b) => a.atMs - b.atMs);
  }

  /** Resolves when the last request of a round was started. */
  async arrivals(name: string): Promise<void> {
    const generators = new Set([...this.#paths.values()].map(({ generator }) => generator));
    await Promise.all([...generators].map((generator) => generator.call.arrivals(name)));
  }

  /** One round on all its networks at once, each from the generator at the end of its link. */
  async round(plan: RoundPlan): Promise<RoundOutcome> {
    const generators = Map.groupBy(plan.cells, ({ network }) => this.#path(network).generator);
    const outcomes = await Promise.all(
      [...generators].map(([generator, cells]) => {
        const ids = new Set(cells.map(({ id }) => id));
        return generator.call.round({
          ...plan,
          cells,
          requests: plan.requests.filter(({ cell }) => ids.has(cell)),
        });
      }),
    );
    return outcomes.reduce(joined);
  }

  /** Networks as a report names them, each with what an echo measured on it. */
  async networks(): Promise<Network[]> {
    return Promise.all([...this.#paths.values()].map(({ plan, link }) => describe(plan, link)));
  }

  /** The largest offset between this process's clock and that of any other, in ms. */
  async clockOffsetMs(): Promise<number> {
    const generators = [...this.#paths.values()].map(({ generator }) => generator);
    const offsets = await Promise.all(
      [this.model, this.server, ...generators].map((child) => offsetOf(child)),
    );
    return Math.max(...offsets.map(Math.abs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const generators = new Set([...this.#paths.values()].map(({ generator }) => generator));
    await Promise.all([...generators].map((generator) => generator.stop()));
    await Promise.all([...this.#paths.values()].flatMap(({ link }) => link?.close() ?? []));
    await Promise.all([...this.#servers.values()].map((peer) => peer.stop()));
    await Promise.all([this.server.stop(), this.model.stop()]);
  }

  #path(network: string): Path {
    const path = this.#paths.get(network);
    if (!path) throw new Error(`there is no network "${network}"`);
    return path;
  }
}

interface StartedPeers {
  servers: Map<string, RunningServer>;
  leftOut: LeftOut[];
}

async function startPeers({ peers: wanted = [] }: StageOptions, at: StartOptions): Promise<StartedPeers> {
  const started: StartedPeers = { servers: new Map(), leftOut: [] };
  for (const peer of peers.filter(({ name }) => wanted.includes(name))) {
    const { name } = peer;
    const available = peer.available();
    if (!available.ok) {
      started.leftOut.push({ server: name, reason: available.reason });
      continue;
    }
    try {
      started.servers.set(peer.transport.name, await peer.start(at));
    } catch (error) {
      started.leftOut.push({ server: name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return started;
}

/** More than this is no property of the link but a busy machine. */
const TRIM_MOST_MS = 3;

/**
 * A link that an echo takes `rttMs` over. What its process and the wake-ups on the way add, about a millisecond, is measured
 * first and taken off its delay. Measured again, it stands in the report.
 */
async function startLink(plan: NetworkPlan, options: StageOptions): Promise<Link> {
  const { name: _name, ...wanted } = plan;
  const { rttMs } = plan;
  const start = options.link === 'tun' ? startTunLink : startUserspaceLink;
  const trial = await start({ rttMs });
  const { rtt_ms: measured } = await measureLink(trial, { rttMs, samples: TRIAL_PINGS, connects: 1 });
  await trial.close();
  const trim = Math.min(TRIM_MOST_MS, Math.max(0, measured - rttMs));
  return await start({ ...wanted, rttMs: Math.max(0, rttMs - trim), seed: options.seed });
}

const TRIAL_PINGS = 15;
const PINGS = 25;

async function describe(plan: NetworkPlan, link: Link | undefined): Promise<Network> {
  const { name, rttMs, jitterMs = 0, bandwidthKbit = null, outage } = plan;
  return {
    name,
    link: link?.kind ?? 'none',
    rtt_ms: rttMs,
    jitter_ms: jitterMs,
    bandwidth_kbit: bandwidthKbit,
    outage: outage ? { every_ms: outage.everyMs, for_ms: outage.forMs } : null,
    calibration: link ? await measureLink(link, { rttMs, samples: PINGS, connects: 3 }) : null,
  };
}

function entriesOf({ events, writtenAt }: CallLog, texts: readonly string[]): JournalEntry[] {
  const [first] = events;
  if (!first) return [];
  const { call, key } = first;
  const written = writtenAt.map((atMs, index): JournalEntry => {
    return { kind: 'written', channel: 'text', index, text: texts[index] ?? '', atMs, call, key };
  });
  return [...events, ...written];
}

/** Cristian's method: of some answers the fastest one bounds the offset best. */
export async function offsetOf(child: Child<Methods & Common>): Promise<number> {
  let best = { took: Number.POSITIVE_INFINITY, offset: 0 };
  for (let attempt = 0; attempt < 20; attempt++) {
    const before = now();
    const there = await child.call.clock();
    const after = now();
    // Inside the two readings nothing is known to be wrong.
    const outside = there < before ? there - before : Math.max(0, there - after);
    if (after - before < best.took) best = { took: after - before, offset: outside };
  }
  return best.offset;
}

function joined(a: RoundOutcome, b: RoundOutcome): RoundOutcome {
  const { max } = Math;
  return {
    records: [...a.records, ...b.records],
    tapes: [...a.tapes, ...b.tapes],
    loopDelay: {
      p50: max(a.loopDelay.p50, b.loopDelay.p50),
      p99: max(a.loopDelay.p99, b.loopDelay.p99),
      max: max(a.loopDelay.max, b.loopDelay.max),
    },
    startedInTime: a.startedInTime + b.startedInTime,
  };
}
