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

/** Who takes part. */
interface Cast {
  model: Stage['model'];
  server: Stage['server'];
  ports: Ports;
  paths: ReadonlyMap<string, Path>;
  others: StartedPeers;
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
  readonly #started: AsyncDisposableStack;
  #rounds = 0;

  private constructor(options: StageOptions, cast: Cast, started: AsyncDisposableStack) {
    this.#options = options;
    this.#started = started;
    this.model = cast.model;
    this.server = cast.server;
    this.ports = cast.ports;
    this.#paths = cast.paths;
    this.#servers = cast.others.servers;
    this.leftOut = cast.others.leftOut;
  }

  static async start(options: StageOptions): Promise<Stage> {
    // What was started goes again when a later one does not start.
    await using started = new AsyncDisposableStack();
    const model = started.use(await startChild<ModelMethods>('model', MAIN.model));
    const server = started.use(await startChild<ServerMethods>('server', MAIN.server));
    const host = options.link === 'tun' ? '0.0.0.0' : '127.0.0.1';
    const baseURL = await model.call.baseUrl();
    const ports = await server.call.listen({ baseURL, host });
    const others = await startPeers(options, { baseURL, host }, started);
    const paths = await startPaths(options, started);
    return new Stage(options, { model, server, ports, paths, others }, started.move());
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

  /** A bound of the offset between this process's clock and that of any other, in ms. */
  async clockOffsetMs(): Promise<number> {
    const generators = [...this.#paths.values()].map(({ generator }) => generator);
    const offsets = await Promise.all(
      [this.model, this.server, ...generators].map((child) => offsetOf(child)),
    );
    return Math.max(...offsets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started.disposeAsync();
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

async function startPeers(
  { peers: wanted = [] }: StageOptions,
  at: StartOptions,
  started: AsyncDisposableStack,
): Promise<StartedPeers> {
  const found: StartedPeers = { servers: new Map(), leftOut: [] };
  for (const peer of peers.filter(({ name }) => wanted.includes(name))) {
    const { name } = peer;
    const available = peer.available();
    if (!available.ok) {
      found.leftOut.push({ server: name, reason: available.reason });
      continue;
    }
    try {
      found.servers.set(peer.transport.name, started.use(await peer.start(at)));
    } catch (error) {
      found.leftOut.push({ server: name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return found;
}

/** A link for each network, and a generator at its far end: networks whose far end is this machine share one. */
async function startPaths(options: StageOptions, started: AsyncDisposableStack): Promise<Map<string, Path>> {
  const paths = new Map<string, Path>();
  const start = async (prefix: readonly string[]): Promise<Path['generator']> =>
    started.use(await startChild<GeneratorMethods>('generator', MAIN.generator, { prefix }));
  let near: Path['generator'] | undefined;
  for (const plan of options.networks) {
    const link = plan.rttMs === 0 ? undefined : started.use(await startLink(plan, options));
    const prefix = link === undefined ? [] : inNamespace(link);
    const generator = prefix.length === 0 ? (near ??= await start(prefix)) : await start(prefix);
    paths.set(plan.name, { plan, link, generator });
  }
  return paths;
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

/** What the offset can be at most, in ms. Cristian's method: of some answers the fastest one bounds it best. */
export async function offsetOf(child: Child<Methods & Common>): Promise<number> {
  let best = { took: Number.POSITIVE_INFINITY, offset: 0 };
  for (let attempt = 0; attempt < 20; attempt++) {
    const before = now();
    const there = await child.call.clock();
    const after = now();
    // Half the time between the two readings is what cannot be known.
    const middle = (before + after) / 2;
    const most = Math.abs(there - middle) + (after - before) / 2;
    if (after - before < best.took) best = { took: after - before, offset: most };
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
