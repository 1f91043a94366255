/** The model, a process of its own: scripted answers, paced from due times so that no delay adds up, with a journal. */
import { type Delay, type JournalEntry, type Script, type Step, startMockModel } from '@tokenwire/mock-llm';
import { epochMs, now } from '../clock.ts';
import { DueQueue } from '../due-queue.ts';
import { Ticks } from '../ticks.ts';
import { type ModelPlan, textsOf } from '../plan.ts';
import { serveParent } from './child.ts';

const model = await startMockModel({ delay: pacedDelay() });
/** One call as it goes to another process: what was written stands there as times, the texts are known from the plan. */
export interface CallLog {
  events: Exclude<JournalEntry, { kind: 'written' }>[];
  writtenAt: number[];
}

const calls = new Map<number, CallLog>();
const callsOfKey = new Map<string, number[]>();

model.journal.subscribe((entry) => {
  const atMs = entry.atMs + epochMs;
  const log = calls.get(entry.call) ?? begin(entry);
  if (entry.kind === 'written') log.writtenAt.push(atMs);
  else log.events.push({ ...entry, atMs });
  model.journal.clear();
});

function begin({ call, key = '' }: JournalEntry): CallLog {
  const log: CallLog = { events: [], writtenAt: [] };
  calls.set(call, log);
  const ofKey = callsOfKey.get(key);
  if (ofKey) ofKey.push(call);
  else callsOfKey.set(key, [call]);
  return log;
}

export const modelMethods = {
  baseUrl: (): string => model.baseUrl,
  /** Says what requests with these keys get. */
  script: (plan: ModelPlan, keys: readonly string[]): Script => {
    const script = scriptOf(plan);
    for (const key of keys) model.script(key, script);
    return script;
  },
  /** What happened to the calls of these keys, on the clock of all; it is forgotten here. */
  calls: (keys: readonly string[]): CallLog[] =>
    keys.flatMap((key) => {
      const found = callsOfKey.get(key) ?? [];
      callsOfKey.delete(key);
      return found.flatMap((call) => {
        const log = calls.get(call);
        calls.delete(call);
        return log ?? [];
      });
    }),
};
export type ModelMethods = typeof modelMethods;
serveParent(modelMethods);

function scriptOf(plan: ModelPlan): Script {
  const texts = textsOf(plan);
  const { batch = 1, ttftMs, tokenMs } = plan;
  const steps: Step[] = [{ kind: 'role' }];
  for (let index = 0; index < texts.length; index += batch) {
    steps.push({ kind: 'delay', ms: index === 0 ? ttftMs : tokenMs });
    const chunk = texts.slice(index, index + batch);
    steps.push(batch === 1 ? { kind: 'text', text: chunk[0] ?? '' } : { kind: 'batch', texts: chunk });
  }
  return [...steps, { kind: 'finish', reason: 'stop' }, { kind: 'done' }];
}

interface Pace {
  due: number;
  resolve: () => void;
}

/** Each delay of a call begins where the one before was due, not where it was done. */
function pacedDelay(): Delay {
  // Under heavy load an alarm for each token costs more than the precision is worth.
  const coarse = process.env['TOKENWIRE_BENCH_PACE'] === 'coarse';
  const queue = new DueQueue(coarse ? { waker: new Ticks() } : {});
  const paces = new WeakMap<AbortSignal, Pace>();
  const begin = (signal: AbortSignal): Pace => {
    const pace: Pace = { due: now(), resolve: () => {} };
    paces.set(signal, pace);
    // A call that was hung up ends at once; its due time then resolves nothing.
    signal.addEventListener('abort', () => pace.resolve(), { once: true });
    return pace;
  };
  return (ms, signal) =>
    new Promise((resolve) => {
      const pace = paces.get(signal) ?? begin(signal);
      pace.due += ms;
      pace.resolve = resolve;
      if (signal.aborted) resolve();
      else queue.push(pace.due, resolve);
    });
}
