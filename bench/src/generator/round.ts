/** One randomised block: requests of all cells, each started when it was planned, whatever became of those before it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { TraceEvent } from '@tokenwire/conformance';
import { now } from '../clock.ts';
import { DueQueue } from '../due-queue.ts';
import type { CellPlan, RequestPlan } from '../plan.ts';
import type { PhaseEnd } from '../transports/tape.ts';
import type { Target, Transport } from '../transports/transport.ts';
import { Pool, type Seat } from './pool.ts';
import { type RequestRecord, runRequest } from './request.ts';

export interface RoundPlan {
  name: string;
  cells: readonly (CellPlan & { target: Target; warmConnections: number })[];
  requests: readonly RequestPlan[];
  patienceMs: number;
}

/** A tape as it goes to another process: messages are read again there. */
export interface TapeCopy {
  conn: string;
  cell: string;
  phases: PhaseEnd[];
  events: TraceEvent[];
  /** Bytes of its sockets, without what opening it ahead of its requests took. */
  bytes: { up: number; down: number };
}

export interface RoundOutcome {
  records: RequestRecord[];
  tapes: TapeCopy[];
  /** Of the load generator itself, in ms: what exceeds the resolution of its measurement. */
  loopDelay: { p50: number; p99: number; max: number };
  /** Requests that were started when they were planned. */
  startedInTime: number;
}

/** Time for the connections of all cells to be ready before the first request. */
const LEAD_MS = 20;
const LOOP_RESOLUTION_MS = 1;

const queue = new DueQueue();
const sleepUntil = (due: number): Promise<void> => new Promise((resolve) => queue.push(due, resolve));

export async function runRound(
  plan: RoundPlan,
  transports: ReadonlyMap<string, Transport>,
  onArrived: () => void,
): Promise<RoundOutcome> {
  const pools = new Map(plan.cells.map((cell) => [cell.id, poolOf(plan, cell, transports)]));
  await Promise.all(plan.cells.map((cell) => warmUp(plan, cell, pools.get(cell.id))));
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  const beginAt = now() + LEAD_MS;
  const runs = plan.requests.map((request) => {
    const cell = plan.cells.find(({ id }) => id === request.cell);
    const pool = pools.get(request.cell);
    const transport = transports.get(cell?.transport ?? '');
    if (!pool || !transport) throw new Error(`a request for a cell that is not there: ${request.cell}`);
    return runOne(request, pool, transport, beginAt + request.offsetMs, plan.patienceMs);
  });
  const lastAt = beginAt + Math.max(0, ...plan.requests.map(({ offsetMs }) => offsetMs));
  void sleepUntil(lastAt).then(onArrived);
  const records = (await Promise.all(runs)).flat();
  loop.disable();
  const tapes = [...pools].flatMap(([cell, pool]) => pool.seats.map((seat) => copyOf(seat, cell)));
  for (const pool of pools.values()) pool.close();
  const ms = (ns: number): number => Math.max(0, ns / 1e6 - LOOP_RESOLUTION_MS);
  const loopDelay = { p50: ms(loop.percentile(50)), p99: ms(loop.percentile(99)), max: ms(loop.max) };
  const planned = new Set(plan.requests.map(({ key }) => key));
  const startedInTime = records.filter(
    ({ key, startedAt, plannedAt }) => planned.has(key) && startedAt - plannedAt <= GRACE_MS,
  ).length;
  return { records, tapes, loopDelay, startedInTime };
}

function poolOf(
  { name }: RoundPlan,
  cell: RoundPlan['cells'][number],
  transports: ReadonlyMap<string, Transport>,
): Pool {
  const transport = transports.get(cell.transport);
  if (!transport) throw new Error(`there is no transport "${cell.transport}"`);
  return new Pool(cell, transport, cell.target, `${name} ${cell.id}`);
}

async function warmUp(
  { requests }: RoundPlan,
  { id, warmConnections }: RoundPlan['cells'][number],
  pool: Pool | undefined,
): Promise<void> {
  const apart = requests.filter((request) => request.cell === id && isApart(request)).length;
  await pool?.warmUp(warmConnections, apart);
}

const isApart = ({ scenario }: RequestPlan): boolean => scenario.kind !== 'answer';

/** A start this late is no start in time. */
const GRACE_MS = 50;

async function runOne(
  plan: RequestPlan,
  pool: Pool,
  transport: Transport,
  plannedAt: number,
  patienceMs: number,
): Promise<RequestRecord[]> {
  await sleepUntil(plannedAt);
  const seat = pool.take(isApart(plan));
  const sleep = (ms: number): Promise<void> => sleepUntil(now() + ms);
  const records = await runRequest({ plan, transport, plannedAt, patienceMs, sleep, ...seat });
  pool.giveBack(seat, isApart(plan));
  return records;
}

function copyOf({ tape, line, before }: Seat, cell: string): TapeCopy {
  const { conn, phases, events } = tape;
  const { up, down } = line.bytes();
  return {
    conn,
    cell,
    phases,
    events: events.map(bare),
    bytes: { up: up - before.up, down: down - before.down },
  };
}

/** The text of a message says it all; a copy of what it says would double what goes to the other process. */
function bare(event: TraceEvent): TraceEvent {
  return event.kind === 'sent' || event.kind === 'received' ? { ...event, message: undefined } : event;
}
