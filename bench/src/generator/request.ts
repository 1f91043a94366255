/** One request of the load: from its planned start to its end, whatever happens to it. */
import { now } from '../clock.ts';
import type { RequestPlan, Scenario } from '../plan.ts';
import type { Tape } from '../transports/tape.ts';
import type { Exchange, GenerateMessage, Line, Transport } from '../transports/transport.ts';

/** What became of a request. Times are on the clock of all. */
export interface RequestRecord {
  key: string;
  cell: string;
  /** Which tape its events are on. */
  conn: string;
  id: string;
  plannedAt: number;
  startedAt: number;
  endedAt: number;
  /** How its connection was found. `missed`: no idle warm one was there, or it had gone cold unseen. */
  found: 'cold' | 'warm' | 'missed';
  /** When the user stopped it, or the connection broke. */
  stoppedAt?: number;
  error?: string;
}

export interface RequestContext {
  plan: RequestPlan;
  transport: Transport;
  line: Line;
  tape: Tape;
  plannedAt: number;
  /** How the pool found the line. */
  found: RequestRecord['found'];
  patienceMs: number;
  sleep: (ms: number) => Promise<void>;
}

/** The id of a stream by the key of its script: ids have 16 to 64 characters. */
export const idOf = (key: string): string => `bench-${key}`.padEnd(16, '-');

export const messageOf = (key: string, id: string = idOf(key)): GenerateMessage => ({
  type: 'generate',
  id,
  messages: [{ role: 'user', content: `Go on. [[script:${key}]]` }],
});

/** Runs a request to its end. Never rejects: what went wrong stands in its record. A cancel makes a second record. */
export async function runRequest(context: RequestContext): Promise<RequestRecord[]> {
  const { plan, line } = context;
  const dialsBefore = line.dials;
  const record = begin(context, plan.key, context.plannedAt);
  const exchange = start(context, record);
  const { second } = await play(context, plan.scenario, record, exchange);
  await settle(record, exchange, context);
  if (plan.scenario.kind === 'cut' && record.error !== undefined) await askAgain(context, record);
  record.endedAt = now();
  // A warm line that had to dial was no warm line.
  const dialled = line.dials > dialsBefore;
  if (plan.scenario.kind === 'answer' && record.found === 'warm' && dialled) record.found = 'missed';
  return second ? [record, await second] : [record];
}

function begin({ plan, tape, found }: RequestContext, key: string, plannedAt: number): RequestRecord {
  const startedAt = now();
  return {
    key,
    cell: plan.cell,
    conn: tape.conn,
    id: idOf(key),
    plannedAt,
    startedAt,
    endedAt: startedAt,
    found,
  };
}

function start({ line, plan }: RequestContext, record: RequestRecord): Exchange {
  const message = messageOf(record.key, record.id);
  // A user who stops a stream by hanging up wants it to stop; one who loses the network does not.
  const hangsUp = plan.scenario.kind === 'cancel';
  const exchange = line.ask(hangsUp ? { ...message, on_disconnect: 'cancel' } : message);
  // It can fail before anybody waits for it.
  exchange.done.catch(() => {});
  return exchange;
}

/** What the user or the network does meanwhile. Resolves when it was done, with the request that follows a cancel. */
async function play(
  context: RequestContext,
  scenario: Scenario,
  record: RequestRecord,
  exchange: Exchange,
): Promise<{ second?: Promise<RequestRecord> }> {
  if (scenario.kind === 'answer') return {};
  await context.sleep(scenario.afterMs);
  record.stoppedAt = now();
  if (scenario.kind === 'cut') {
    context.line.cut();
    return {};
  }
  exchange.cancel();
  const next = begin(context, afterKey(record.key), now());
  return { second: finish(context, next, start(context, next)) };
}

async function finish(
  context: RequestContext,
  record: RequestRecord,
  exchange: Exchange,
): Promise<RequestRecord> {
  await settle(record, exchange, context);
  record.endedAt = now();
  return record;
}

/** Waits for the end, but not for ever. */
async function settle(
  record: RequestRecord,
  exchange: Exchange,
  { patienceMs }: RequestContext,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${patienceMs} ms`)), patienceMs);
  });
  try {
    await Promise.race([exchange.done, tooLong]);
  } catch (error) {
    record.error = error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

/** After a cut, a client that cannot resume sends its request again: a new id, and for the model a new call. */
async function askAgain(context: RequestContext, record: RequestRecord): Promise<void> {
  if (context.transport.recovers !== 'asks again') return;
  delete record.error;
  const again = againKey(record.key);
  record.id = idOf(again);
  await settle(record, context.line.ask(messageOf(again, record.id)), context);
}

/** Keys of the requests that a request can lead to. */
export const afterKey = (key: string): string => `${key}-2`;
export const againKey = (key: string): string => `${key}-again`;
