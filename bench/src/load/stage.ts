/** The processes around a server under load, and one run of it. */
import { setTimeout } from 'node:timers/promises';
import { now } from '../clock.ts';
import type { RunningServer } from '../peers/peer.ts';
import { cpuMsOf, mainThreadMsOf } from '../peers/usage.ts';
import { textsOf } from '../plan.ts';
import { type Child, type Common, startChild } from '../processes/child.ts';
import type { LoadMethods } from '../processes/load.ts';
import type { CallLog, ModelMethods } from '../processes/model.ts';
import { judgeRun, type Reading, type RunOutcome, type RunTrace } from './judge-run.ts';
import { BEGIN_MS, DRAIN_MS, type LoadPlan, modelPlanOf, SETTLE_MS, startEveryMs } from './load-plan.ts';
import { type Calls, callsOf } from './written.ts';

const MODEL_PROCESS = new URL('../processes/model.ts', import.meta.url);
const LOAD_PROCESS = new URL('../processes/load.ts', import.meta.url);
/**
 * At thousands of tokens per second some token is always due within a millisecond: waiting for each by polling would take a
 * core from the server. Here tokens may be a millisecond late; when they were written is what the model notes.
 */
const MODEL_ENV = { TOKENWIRE_BENCH_PACE: 'coarse' };
/** A server that was left by its clients has so long to hang up on the model. */
const HANG_UP_MS = 5000;
const NOTES_EVERY_MS = 50;

export class Stage implements AsyncDisposable {
  readonly baseURL: string;
  readonly #model: Child<ModelMethods & Common>;
  readonly #generator: Child<LoadMethods & Common>;
  #runs = 0;

  private constructor(
    model: Child<ModelMethods & Common>,
    generator: Child<LoadMethods & Common>,
    baseURL: string,
  ) {
    this.#model = model;
    this.#generator = generator;
    this.baseURL = baseURL;
  }

  static async open(): Promise<Stage> {
    const model = await startChild<ModelMethods>('model', MODEL_PROCESS, { env: MODEL_ENV });
    try {
      const generator = await startChild<LoadMethods>('load generator', LOAD_PROCESS);
      return new Stage(model, generator, await model.call.baseUrl());
    } catch (error) {
      await model.stop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#model.stop(), this.#generator.stop()]);
  }

  /**
   * Loads `server` once. What goes wrong with it is in the outcome; rejects only when `signal` aborts, or when a process of the
   * stage itself is gone.
   *
   * @param watch called when all connections are open and idle, and when the window is over and all streams still run
   */
  async run(
    server: RunningServer,
    plan: LoadPlan,
    signal: AbortSignal,
    watch: Watch = {},
  ): Promise<RunResult> {
    const key = `load-${++this.#runs}`;
    const { call } = this.#generator;
    const modelPlan = modelPlanOf(plan);
    await this.#model.call.script(modelPlan, [key]);
    const part = { plan, texts: textsOf(modelPlan) };
    let refused: string | undefined;
    try {
      await call
        .connect(server.name, server.target, plan.streams)
        .catch((error: Error) => (refused = error.message));
      if (refused !== undefined) return { trace: undefined, outcome: failed(`no connection: ${refused}`) };
      await watch.connected?.();
      await call.start(key, startEveryMs(plan));
      await call.untilBegun(BEGIN_MS);
      await setTimeout(SETTLE_MS, undefined, { signal });
      await call.watchLoop();
      const from = await this.#read(server);
      await setTimeout(plan.windowMs, undefined, { signal });
      const to = await this.#read(server);
      const loop = await call.loopDelay();
      await watch.streaming?.();
      await setTimeout(DRAIN_MS, undefined, { signal });
      const heard = await call.hangUp();
      const trace: RunTrace = { ...part, from, to, loop, heard, calls: await this.#calls(key) };
      return { trace, outcome: judgeRun(trace) };
    } finally {
      // After an abort nobody may go on talking; after a run there is nothing left to hang up.
      await call.hangUp().catch(() => []);
    }
  }

  async #read(server: RunningServer): Promise<Reading> {
    const serverMs = await server.cpuMs();
    return {
      at: now(),
      serverMs,
      serverMainMs: mainThreadMsOf(server.pid),
      modelMs: cpuMsOf(this.#model.pid),
      generatorMs: cpuMsOf(this.#generator.pid),
    };
  }

  /** What the model noted; once it is alone again, so that the next run finds it idle. */
  async #calls(key: string): Promise<Calls> {
    const logs: CallLog[] = [];
    const deadline = now() + HANG_UP_MS;
    for (;;) {
      logs.push(...(await this.#model.call.calls([key])));
      const calls = callsOf(logs);
      if (calls.over >= calls.received || now() > deadline) return calls;
      await setTimeout(NOTES_EVERY_MS);
    }
  }
}

export interface Watch {
  connected?: () => Promise<void>;
  streaming?: () => Promise<void>;
}

export interface RunResult {
  /** What it was concluded from; undefined when the server let nobody in. */
  trace: RunTrace | undefined;
  outcome: RunOutcome;
}

const failed = (fault: string): RunOutcome => ({
  cpuUsPerToken: null,
  delivered: 0,
  deliveredPerSecond: 0,
  writtenPerSecond: 0,
  addedMs: [],
  clamped: 0,
  shares: { server: null, model: null, generator: null },
  faults: [fault],
  lags: [],
});
