/** What single steps cost: codec, validation and log, each beside the floor that it cannot beat. */
import { MemoryLogStore } from '@tokenwire/server';
import { decodeClient, decodeServer, encode, serverMessages } from '@tokenwire/spec';
import { Bench } from 'tinybench';
import type { MeasureContext } from './load/context.ts';
import type { Micro } from './result/schema.ts';

export interface MicroOptions {
  /** For each task, behind its warm-up. */
  timeMs: number;
}

const WARM_UP_MS = 100;

const ID = '5f0c1a4e-7d0b-4c58-9a35-0c8b1de6a001';
const token = { type: 'token', id: ID, seq: 17, text: ' scattering' } as const;
const tokenText = encode(token);
const generateText = JSON.stringify({
  type: 'generate',
  id: ID,
  messages: [{ role: 'user', content: 'Why is the sky blue?' }],
});
const ENTRIES = 1000;

interface Task {
  name: string;
  /** The task that it is measured against. */
  floor?: string;
  run: () => unknown;
}

const tasks: readonly Task[] = [
  { name: 'JSON.stringify of a token', run: () => JSON.stringify(token) },
  { name: 'encode a token', floor: 'JSON.stringify of a token', run: () => encode(token) },
  { name: 'JSON.parse of a token', run: () => JSON.parse(tokenText) as unknown },
  { name: 'decode a token', floor: 'JSON.parse of a token', run: () => decodeServer(tokenText) },
  { name: 'check a token by hand', run: () => isToken(token) },
  {
    name: 'validate a token',
    floor: 'check a token by hand',
    run: () => serverMessages.token.safeParse(token),
  },
  { name: 'JSON.parse of a generate', run: () => JSON.parse(generateText) as unknown },
  { name: 'decode a generate', floor: 'JSON.parse of a generate', run: () => decodeClient(generateText) },
  { name: `push ${ENTRIES} strings to an array`, run: push },
  {
    name: `log ${ENTRIES} tokens and read them`,
    floor: `push ${ENTRIES} strings to an array`,
    run: logAndRead,
  },
];

/** Rejects when a task throws. After an abort the tasks that were done are there. */
export async function measureMicro({ timeMs }: MicroOptions, context: MeasureContext): Promise<Micro[]> {
  const { signal, onProgress } = context;
  const bench = new Bench({ time: timeMs, warmupTime: WARM_UP_MS, throws: true, signal });
  for (const { name, run } of tasks) bench.add(name, () => void run());
  let done = 0;
  bench.addEventListener('cycle', ({ task }) => onProgress(++done, tasks.length, task.name));
  if (!signal.aborted) await bench.run();
  const rows = new Map<string, Omit<Micro, 'task' | 'floor' | 'times_floor'>>();
  for (const { name, result } of bench.tasks) {
    if (result.state !== 'completed') continue;
    const { p50, p99, samplesCount } = result.latency;
    rows.set(name, { median_us: p50 * 1000, p99_us: p99 * 1000, samples: samplesCount });
  }
  return tasks.flatMap(({ name, floor }) => {
    const row = rows.get(name);
    const below = floor === undefined ? undefined : rows.get(floor);
    // Where the floor is below the resolution of the clock there is nothing to divide by.
    const times = row && below && below.median_us > 0 ? row.median_us / below.median_us : null;
    return row ? { task: name, ...row, floor: floor ?? null, times_floor: times } : [];
  });
}

/** How long it takes, in ms. */
export const estimateMicroMs = ({ timeMs }: MicroOptions): number => tasks.length * (timeMs + WARM_UP_MS);

function isToken(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { type, id, seq, text } = value as Record<string, unknown>;
  return type === 'token' && typeof id === 'string' && Number.isSafeInteger(seq) && typeof text === 'string';
}

function push(): number {
  const texts: string[] = [];
  for (let seq = 2; seq < ENTRIES + 2; seq++) texts.push(token.text);
  return texts.length;
}

function logAndRead(): number {
  const log = new MemoryLogStore('e').create();
  log.append({ type: 'start', id: ID, seq: 1, epoch: 'e', model: 'm', grace_ms: 0 });
  for (let seq = 2; seq < ENTRIES + 2; seq++) log.append({ type: 'token', id: ID, seq, text: token.text });
  let cursor = 0;
  while (cursor < log.head) cursor = log.read(cursor, 64_000).at(-1)?.seq ?? log.head;
  return cursor;
}
