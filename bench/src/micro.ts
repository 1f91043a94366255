/** What single steps cost: codec and log, each beside the floor that it cannot beat. Writes reports/micro.json. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { MemoryLogStore } from '@tokenwire/server';
import { decodeClient, decodeServer, encode } from '@tokenwire/spec';
import { Bench } from 'tinybench';

const ID = '5f0c1a4e-7d0b-4c58-9a35-0c8b1de6a001';
const token = { type: 'token', id: ID, seq: 17, text: ' scattering' } as const;
const tokenText = encode(token);
const generateText = JSON.stringify({
  type: 'generate',
  id: ID,
  messages: [{ role: 'user', content: 'Why is the sky blue?' }],
});
const ENTRIES = 1000;

/** `floor` names the task that a step is measured against. */
const tasks: { name: string; floor?: string; run: () => unknown }[] = [
  { name: 'JSON.stringify of a token', run: () => JSON.stringify(token) },
  { name: 'encode a token', floor: 'JSON.stringify of a token', run: () => encode(token) },
  { name: 'JSON.parse of a token', run: () => JSON.parse(tokenText) as unknown },
  { name: 'decode a token', floor: 'JSON.parse of a token', run: () => decodeServer(tokenText) },
  { name: 'JSON.parse of a generate', run: () => JSON.parse(generateText) as unknown },
  { name: 'decode a generate', floor: 'JSON.parse of a generate', run: () => decodeClient(generateText) },
  {
    name: `push ${ENTRIES} strings to an array`,
    run: push,
  },
  {
    name: `log ${ENTRIES} tokens and read them`,
    floor: `push ${ENTRIES} strings to an array`,
    run: logAndRead,
  },
];

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

const bench = new Bench({ time: 500, throws: true });
for (const { name, run } of tasks) bench.add(name, () => void run());
console.error(`${tasks.length} tasks, about ${Math.ceil(tasks.length * 0.7)} s`);
await bench.run();

const medians = new Map<string, number>();
for (const { name, result } of bench.tasks) {
  if (result.state === 'completed') medians.set(name, result.latency.p50 * 1000);
}
const rows = tasks.map(({ name, floor }) => {
  const us = medians.get(name) ?? Number.NaN;
  const times = floor === undefined ? undefined : us / (medians.get(floor) ?? Number.NaN);
  return {
    task: name,
    median_us: round(us),
    floor,
    times_floor: times === undefined ? undefined : round(times),
  };
});
console.table(rows);
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
mkdirSync('reports', { recursive: true });
writeFileSync('reports/micro.json', `${JSON.stringify({ machine, rows }, null, 2)}\n`);
console.error('wrote reports/micro.json');

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
