/** Runs cases against a target, several at once, and gives each its verdict. */
import type { MockModel, Script } from '@tokenwire/mock-llm';
import type { Case } from './case.ts';
import { Kit, type KitOptions } from './kit.ts';
import { LagMonitor } from './lag.ts';
import { claimIsOpen } from './oracle/cancels.ts';
import { judge, judgeCalls, type Trace } from './oracle/judge.ts';
import { viewOf } from './oracle/view.ts';
import { knowsTokens, type Preflight, preflight } from './preflight.ts';
import type { Redactor } from './redact.ts';
import { type CaseResult, levelOf, type RunResult, verdictOf } from './result.ts';
import { shuffled } from './shuffle.ts';
import { StartFailed } from './server-process.ts';
import { type Instance, type Profile, type Target } from './target.ts';
import { now, Recorder, type TraceEvent } from './trace.ts';
import { Broken, Inconclusive, NotApplicable, type Verdict, type Violation } from './verdict.ts';
import { Waiter } from './wait.ts';

export interface RunOptions {
  cases: readonly Case[];
  target: Target;
  model: MockModel;
  redactor: Redactor;
  /** How many cases at once. */
  concurrency: number;
  /** Wait for every timer of the server, however long. */
  slow: boolean;
  seed: number;
  onResult?: (result: CaseResult, done: number, total: number) => void;
}

/** How much later than the claim `aborted` the model may see its connection closed. */
const CLAIM_MS = 500;

/** Cases that start servers or wait for timers go first, so that the rest fills the gaps. */
const profileOrder: readonly Profile[] = ['own', 'guarded', 'quick', 'plain'];

export class Runner {
  readonly #options: RunOptions;
  readonly #lag = new LagMonitor();
  readonly #listening = new Map<string, { recorder: Recorder; scripts: Map<string, Script> }>();
  #levels: readonly string[] = [];
  #gone: string | undefined;
  #knowsTokens: Promise<boolean> | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    options.model.journal.subscribe((entry) => {
      const { recorder } = this.#listening.get(entry.key ?? '') ?? {};
      recorder?.add({ at: entry.atMs, kind: 'model', entry });
    });
  }

  /** Looks whether the target can be judged at all. Throws StartFailed when its command does not come up. */
  async preflight(): Promise<Preflight> {
    const instance = await this.#options.target.instance('plain');
    if (!instance) throw new Error('a target always has a plain server');
    const result = await preflight(this.#kitOptions('preflight', instance, new Recorder(), new Map()));
    if (result.ok) this.#levels = result.welcome.levels;
    return result;
  }

  async run(): Promise<RunResult> {
    const began = now();
    const { cases, seed, concurrency } = this.#options;
    const results: CaseResult[] = [];
    const inOrder = shuffled(cases, seed).sort((a, b) => rank(a) - rank(b));
    const [together, alone] = [false, true].map((wanted) =>
      inOrder.filter((one) => (one.alone ?? false) === wanted),
    );
    await Promise.all(Array.from({ length: concurrency }, () => this.#work(together ?? [], results)));
    await this.#work(alone ?? [], results);
    this.#sweep(results);
    this.#lag.stop();
    results.sort((a, b) => cases.indexOf(a.case) - cases.indexOf(b.case));
    return { results, levels: this.#levels, gone: this.#gone, ms: now() - began };
  }

  /** Takes cases from the front of the queue until there are none. */
  async #work(queue: Case[], results: CaseResult[]): Promise<void> {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = await this.#runCase(next);
      results.push(result);
      this.#options.onResult?.(result, results.length, this.#options.cases.length);
    }
  }

  async #runCase(testCase: Case): Promise<CaseResult> {
    const began = now();
    const recorder = new Recorder();
    const level = levelOf(testCase);
    const finish = (verdict: Verdict, violations: Violation[], reason?: string): CaseResult => {
      return {
        case: testCase,
        level,
        verdict,
        ms: now() - began,
        reason,
        violations,
        events: recorder.events,
      };
    };
    if (this.#gone !== undefined) return finish('inconclusive', [], this.#gone);
    if (level !== 'core' && !this.#levels.includes(level))
      return finish('not-applicable', [], `welcome does not claim ${level}`);
    let instance: Instance | undefined;
    try {
      instance = await this.#instanceFor(testCase);
      const { verdict, violations, reason } = await this.#try(testCase, instance, recorder);
      const gone = await this.#isGone(instance, verdict);
      return gone === undefined ? finish(verdict, violations, reason) : finish('inconclusive', [], gone);
    } catch (error) {
      if (error instanceof NotApplicable) return finish('not-applicable', [], error.message);
      if (error instanceof StartFailed) return finish('harness-error', [], error.message);
      throw error;
    } finally {
      if (testCase.server === 'own') await instance?.process?.kill('SIGKILL');
    }
  }

  async #instanceFor({ server = 'plain' }: Case): Promise<Instance> {
    const { target } = this.#options;
    const instance = server === 'own' ? await target.own() : await target.instance(server);
    if (!instance)
      throw new NotApplicable(`the hook ${server === 'own' ? 'restart' : 'credentials'} is missing`);
    if (server === 'guarded' && target.startsServers) {
      this.#knowsTokens ??= knowsTokens(
        this.#kitOptions('knows-tokens', instance, new Recorder(), new Map()),
      );
      if (!(await this.#knowsTokens)) throw new NotApplicable('the hook credentials is missing');
    }
    return instance;
  }

  /** One case and its oracle. */
  async #try(
    testCase: Case,
    instance: Instance,
    recorder: Recorder,
  ): Promise<{ verdict: Verdict; violations: Violation[]; reason?: string }> {
    const scripts = new Map<string, Script>();
    const kit = new Kit(this.#kitOptions(testCase.id, instance, recorder, scripts));
    const violations: Violation[] = [];
    try {
      await testCase.run(kit);
    } catch (error) {
      if (error instanceof NotApplicable) throw error;
      if (error instanceof Inconclusive)
        return { verdict: 'inconclusive', violations, reason: error.message };
      if (!(error instanceof Broken)) {
        return {
          verdict: 'harness-error',
          violations,
          reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
        };
      }
      violations.push(error.violation);
    }
    await kit.lastWords();
    await this.#claimsSettle(recorder, scripts);
    const trace = this.#traceOf(recorder, scripts);
    kit.dispose();
    for (const violation of judge(trace, this.#levels)) {
      if (violations.every(({ requirement }) => requirement !== violation.requirement))
        violations.push(violation);
    }
    return { verdict: verdictOf(violations), violations };
  }

  #traceOf(recorder: Recorder, scripts: Map<string, Script>): Trace {
    return { events: [...recorder.events], scripts, lag: this.#lag.between.bind(this.#lag) };
  }

  /** The claim of an aborted call may reach the client just before its close reaches the model. */
  async #claimsSettle(recorder: Recorder, scripts: Map<string, Script>): Promise<void> {
    const isOpen = (): boolean => viewOf(this.#traceOf(recorder, scripts)).streams.some(claimIsOpen);
    if (!isOpen()) return;
    const closed = (event: TraceEvent): true | undefined =>
      event.kind === 'model' && !isOpen() ? true : undefined;
    await new Waiter(recorder, this.#lag).wait(closed, CLAIM_MS, now());
  }

  #kitOptions(
    name: string,
    instance: Instance,
    recorder: Recorder,
    scripts: Map<string, Script>,
  ): KitOptions {
    const { target, model, slow, redactor } = this.#options;
    const listen = (key: string, script: Script): void => {
      scripts.set(key, script);
      this.#listening.set(key, { recorder, scripts });
    };
    const secret = redactor.add.bind(redactor);
    return { name, target, instance, model, recorder, lag: this.#lag, slow, listen, secret };
  }

  /** Did the server go away by itself? Then nothing that fails says anything about a rule. */
  async #isGone(instance: Instance, verdict: Verdict): Promise<string | undefined> {
    if (verdict === 'pass' || verdict === 'not-applicable') return undefined;
    if (this.#gone !== undefined) return this.#gone;
    const { process, address } = instance;
    if (process?.stopped || (!process?.gone && (await this.#options.target.isUp(address)))) return undefined;
    await process?.settled();
    this.#gone = process
      ? `the server ended by itself (${process.ended ?? 'it does not answer any more'})\n${process.lastLines}`.trimEnd()
      : 'the server does not answer any more';
    return this.#gone;
  }

  /** A request to the model that came only after its case was over counts as well. */
  #sweep(results: CaseResult[]): void {
    for (const { recorder, scripts } of this.#listening.values()) {
      const result = results.find(({ events }) => events === recorder.events);
      if (result?.verdict !== 'pass') continue;
      const late = judgeCalls({ events: recorder.events, scripts, lag: () => 0 });
      result.violations.push(...late);
      result.verdict = verdictOf(result.violations);
    }
  }
}

function rank({ server = 'plain' }: Case): number {
  return profileOrder.indexOf(server);
}
