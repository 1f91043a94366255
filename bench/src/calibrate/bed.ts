/** The benchmark as it is, with a witness beside it: what calibration measures on. */
import { type ModelPlan, textsOf, totalMs } from '../plan.ts';
import type { Faults } from '../processes/faults.ts';
import type { Cell } from '../result/schema.ts';
import { warmUp } from '../run/rounds.ts';
import { measureCells } from '../run/run.ts';
import { type NetworkName, networks, profiles, type RunSettings } from '../run/settings.ts';
import { Stage } from '../run/stage.ts';
import { Tap } from './tap.ts';
import type { Transcript } from './tap-process.ts';

export interface SmallRun {
  transports: readonly string[];
  temperatures?: RunSettings['temperatures'];
  model: ModelPlan;
  /** Requests of each cell. */
  requests?: number;
  faults?: Faults;
  /** A proxy on the way that collects so many bytes of an answer. */
  holdBytes?: number;
  /** The server stands still, so many ms behind the first token of the first answer. */
  stall?: { afterMs: number; forMs: number };
  networks?: readonly NetworkName[];
  /** Time between two answers. */
  apartMs?: number;
}

export interface Witnessed {
  cells: Cell[];
  /** Every connection that the tap saw, warm ones too that were opened ahead of the requests. */
  transcripts: Transcript[];
}

export class Bed implements AsyncDisposable {
  readonly #tap: Tap;
  readonly #stage: Stage;
  readonly #signal: AbortSignal;

  private constructor(tap: Tap, stage: Stage, signal: AbortSignal) {
    this.#tap = tap;
    this.#stage = stage;
    this.#signal = signal;
  }

  /** With a tap before a userspace link, or without one where a link takes every packet. */
  static async start(link: RunSettings['link'], signal: AbortSignal): Promise<Bed> {
    const tap = await Tap.start();
    const both = [networks.loopback, networks['100ms']];
    const via = link === 'userspace' ? { via: tap.via } : {};
    const stage = await Stage.start({ networks: both, link, pollMs: 50, seed: 1, ...via });
    await warmUp(stage, { ...profiles.quick, networks: both });
    return new Bed(tap, stage, signal);
  }

  get stage(): Stage {
    return this.#stage;
  }

  async run(small: SmallRun): Promise<Witnessed> {
    const { faults = {}, holdBytes = 0, stall } = small;
    await this.#stage.server.call.fault(faults);
    await this.#tap.hold(holdBytes);
    await this.#tap.take();
    if (stall) {
      const { afterMs, forMs } = stall;
      const first = this.#tap.until(`"text":"${textsOf(small.model)[0]}"`);
      void first.then(() => setTimeout(() => void this.#stage.server.call.stall(forMs), afterMs));
    }
    const options = { command: '', signal: this.#signal, onProgress: () => {} };
    const cells = await measureCells(this.#stage, settingsOf(small), options);
    return { cells, transcripts: await this.#tap.take() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage[Symbol.asyncDispose]();
    await this.#tap[Symbol.asyncDispose]();
  }
}

/** The requests of a cell follow each other evenly and do not overlap, so that the tap can tell them apart. */
function settingsOf(small: SmallRun): RunSettings {
  const { transports, temperatures = ['warm'], model, requests = 10, apartMs = 30 } = small;
  const on = (small.networks ?? ['loopback']).map((name) => networks[name]);
  const settings: RunSettings = {
    ...profiles.quick,
    profile: 'custom',
    transports,
    temperatures,
    networks: on,
    model,
    pollMs: 50,
    rounds: 1,
    perRound: requests,
    arrivals: 'even',
    interactions: 0,
  };
  const lasts = totalMs(model) + 4 * Math.max(...on.map(({ rttMs }) => rttMs)) + apartMs;
  return { ...settings, windowMs: requests * lasts };
}

export interface Wanted {
  transport: string;
  temperature?: Cell['temperature'];
  network?: NetworkName;
}

export function cellIn(cells: readonly Cell[], wanted: Wanted): Cell {
  const { transport, temperature = 'warm', network = 'loopback' } = wanted;
  const cell = cells.find(
    (one) => one.transport === transport && one.temperature === temperature && one.network === network,
  );
  if (!cell) throw new Error(`no cell of ${transport}, ${temperature}, ${network}`);
  return cell;
}
