/** What is injected, one after the other, and what the benchmark must then say. */
import type { ModelPlan } from '../plan.ts';
import type { Cell } from '../result/schema.ts';
import { transportNames } from '../run/settings.ts';
import { type Bed, cellIn, type SmallRun, type Wanted, type Witnessed } from './bed.ts';
import { type Check, counted, flagged, recovered } from './check.ts';
import { connectionsOf, longestSilence, medianOf, witnessed } from './witness.ts';

/** A group of checks that share what was measured. */
export interface Group {
  name: string;
  link: 'userspace' | 'tun';
  run: (bed: Bed) => Promise<Check[]>;
}

const STREAMING = ['websocket', 'sse-h1'] as const;
const PLAN = { ttftMs: 100, tokens: 10, tokenMs: 10 };
const SLOW = { ttftMs: 200, tokens: 10, tokenMs: 25 };

const ttft = (cell: Cell): number => cell.metrics.ttft?.median ?? Number.NaN;
const added = (cell: Cell): number => cell.metrics.added?.median ?? Number.NaN;
const both: SmallRun = { transports: STREAMING, model: PLAN };
const one = (transport: string): SmallRun => ({ transports: [transport], model: PLAN });

export const groups: readonly Group[] = [
  { name: 'clocks', link: 'userspace', run: clocks },
  { name: 'model', link: 'userspace', run: model },
  { name: 'warm', link: 'userspace', run: warm },
  { name: 'server', link: 'userspace', run: server },
  { name: 'grouping', link: 'userspace', run: grouping },
  { name: 'stall', link: 'userspace', run: stall },
  { name: 'oracle', link: 'userspace', run: oracle },
  { name: 'link', link: 'userspace', run: link },
  { name: 'packets', link: 'tun', run: packets },
];

async function clocks({ stage }: Bed): Promise<Check[]> {
  const offset = await stage.clockOffsetMs();
  return [recovered('clocks of all processes', 'nothing', 0, offset)];
}

/** G and the time of a token, against what passed the witness, and against their own change. */
async function model(bed: Bed): Promise<Check[]> {
  const fast = await bed.run(both);
  const slow = await bed.run({ ...both, model: SLOW });
  return STREAMING.flatMap((transport) => {
    const longer = ttft(cellIn(slow.cells, { transport })) - ttft(cellIn(fast.cells, { transport }));
    return [
      ...timesOf(transport, fast, PLAN),
      ...timesOf(transport, slow, SLOW),
      recovered(
        `${transport}: a model slower by 100 ms`,
        'G 100, then 200 ms',
        SLOW.ttftMs - PLAN.ttftMs,
        longer,
      ),
    ];
  });
}

function timesOf(transport: string, { cells, transcripts }: Witnessed, plan: ModelPlan): Check[] {
  const cell = cellIn(cells, { transport });
  const seen = witnessed(connectionsOf(transport, transcripts), plan);
  const said = `G ${plan.ttftMs} ms, ${plan.tokenMs} ms a token`;
  const gap = cell.metrics.icl?.median ?? Number.NaN;
  return [
    recovered(
      `${transport}: ttft as the witness saw it`,
      said,
      medianOf(seen.map((it) => it.warm)),
      ttft(cell),
    ),
    recovered(`${transport}: time between tokens`, said, plan.tokenMs, gap),
    recovered(`${transport}: as the witness saw it`, said, medianOf(seen.flatMap((it) => it.gaps)), gap),
  ];
}

/** Warm requests must open nothing, cold ones a connection each: the witness counts connections. */
async function warm(bed: Bed): Promise<Check[]> {
  const cold = await bed.run({ ...both, model: SLOW, temperatures: ['cold'] });
  const again = await bed.run(both);
  return STREAMING.flatMap((transport) => {
    const cell = cellIn(cold.cells, { transport, temperature: 'cold' });
    const opened = connectionsOf(transport, cold.transcripts);
    const seen = medianOf(witnessed(opened, SLOW).map((it) => it.cold));
    const ready = transport === 'websocket' ? 1 : cellIn(again.cells, { transport }).planned;
    const kept = connectionsOf(transport, again.transcripts).length;
    return [
      counted(
        `${transport}: connections of cold requests`,
        `${cell.measured} cold requests`,
        cell.measured,
        opened.length,
      ),
      recovered(`${transport}: cold ttft as the witness saw it`, 'a new connection each', seen, ttft(cell)),
      counted(`${transport}: connections of warm requests`, `${ready} opened ahead`, ready, kept),
    ];
  });
}

/** Work of the server: a delay of each token, and of each call. Between two runs it can change by itself, so the witness is asked. */
async function server(bed: Bed): Promise<Check[]> {
  const before = await bed.run(both);
  const slowed = await bed.run({ ...both, faults: { delayTokenMs: 5 } });
  const later = await bed.run({ ...both, faults: { delayCallMs: 15 } });
  return STREAMING.flatMap((transport) => {
    const slower = seenBy(transport, later) - seenBy(transport, before);
    const [first, second, third] = [before, slowed, later].map(({ cells }) =>
      cellIn(cells, { transport }),
    ) as [Cell, Cell, Cell];
    const found = recovered(
      `${transport}: a server slower by 15 ms`,
      '15 ms before the call',
      slower,
      ttft(third) - ttft(first),
    );
    return [
      recovered(
        `${transport}: latency added by the server`,
        '5 ms for each token',
        5,
        added(second) - added(first),
      ),
      { ...found, ok: found.ok && slower > LEAST_SLOWER_MS },
    ];
  });
}

/** Of 15 ms: less would mean that the fault did not happen. */
const LEAST_SLOWER_MS = 13;

const seenBy = (transport: string, { transcripts }: Witnessed): number =>
  medianOf(witnessed(connectionsOf(transport, transcripts), PLAN).map((it) => it.warm));

/** Whatever makes groups of tokens. */
async function grouping(bed: Bed): Promise<Check[]> {
  const many = { ttftMs: 50, tokens: 40, tokenMs: 5 };
  const held = await bed.run({ ...one('sse-h1'), model: many, holdBytes: 1000 });
  const batch = { ttftMs: 50, tokens: 40, tokenMs: 20, batch: 5 };
  const batched = cellIn((await bed.run({ ...one('websocket'), model: batch })).cells, {
    transport: 'websocket',
  });
  const ofHeld = cellIn(held.cells, { transport: 'sse-h1' });
  return [
    flagged('a proxy that buffers', '1,000 bytes are collected', /^(buffered|grouped)/, ofHeld.notes),
    recovered(
      'its time to first token',
      'as the witness saw it',
      medianOf(witnessed(held.transcripts, many).map((it) => it.warm)),
      ttft(ofHeld),
    ),
    flagged('chunks of several tokens', '5 tokens in one write', /^multi-token/, batched.notes),
    recovered('time between such chunks', '20 ms', 20, batched.metrics.icl?.median ?? Number.NaN),
    counted('tokens of such answers', '40 each', 40 * batched.measured, batched.tokens.received),
  ];
}

const STALL_MS = 1000;

/** The server stands still for a second: users who come meanwhile wait, and must be counted as waiting. */
async function stall(bed: Bed): Promise<Check[]> {
  const plan = { ttftMs: 100, tokens: 100, tokenMs: 10 };
  // The first answer, over WebSocket, is under way when the server stops; over SSE somebody asks in the middle of it.
  const { cells, transcripts } = await bed.run({
    ...both,
    model: plan,
    requests: 2,
    stall: { afterMs: 500, forMs: STALL_MS },
    apartMs: 1200,
  });
  const cell = cellIn(cells, { transport: 'websocket' });
  const longest = longestSilence(connectionsOf('websocket', transcripts), plan);
  const said = cell.notes.find((note) => note.startsWith('stalled'));
  const ms = Number(/longest for (\d+) ms/.exec(said ?? '')?.[1]);
  const waited = Math.max(...witnessed(connectionsOf('sse-h1', transcripts), plan).map((it) => it.warm));
  const counts = cellIn(cells, { transport: 'sse-h1' }).metrics.ttft_sched?.max ?? Number.NaN;
  const found = recovered(
    'who asked meanwhile, from the planned start',
    'as the witness saw it',
    waited,
    counts,
  );
  return [
    flagged('a server that stands still', `for ${STALL_MS} ms`, /^stalled/, cell.notes),
    // A token that was due at its very beginning waits for all of it, the next one 10 ms less.
    {
      ...recovered('how long it stood still', 'as the witness saw it', longest, ms),
      ok: Math.abs(ms - longest) <= 0.02 * STALL_MS,
    },
    { ...found, ok: found.ok && waited > plan.ttftMs + STALL_MS / 4 },
  ];
}

/** One token lost or doubled makes the cell of every transport void. */
async function oracle(bed: Bed): Promise<Check[]> {
  const checks: Check[] = [];
  const all = { transports: transportNames, model: { ttftMs: 20, tokens: 10, tokenMs: 2 }, requests: 2 };
  for (const [faults, what] of [
    [{ dropToken: 5 }, 'lost'],
    [{ doubleToken: 5 }, 'doubled'],
  ] as const) {
    const { cells } = await bed.run({ ...all, faults });
    checks.push(
      ...cells.map((cell) =>
        flagged(`${cell.transport}: a token is ${what}`, 'token 5 of each answer', /oracle/, cell.void),
      ),
    );
  }
  const { cells } = await bed.run(all);
  const merged = cellIn(cells, { transport: 'blocking' }).timeline?.chunks ?? [];
  const tokens = merged.reduce((sum, chunk) => sum + chunk.tokens, 0);
  checks.push(
    counted('blocking: tokens of a merged answer', '10 in one message', 10, tokens),
    counted('cells void without a fault', 'nothing', 0, cells.filter((cell) => cell.void.length > 0).length),
  );
  return checks;
}

const R = 100;

/** The round trip, and how many of them a new connection takes. */
async function link(bed: Bed): Promise<Check[]> {
  const network = (await bed.stage.networks()).find(({ name }) => name === '100ms');
  const echo = network?.calibration?.rtt_ms ?? Number.NaN;
  return [
    recovered('round trip of the link, by an echo', 'R 100 ms', R, echo),
    ...(await handshakes(bed, 'a proxy')),
  ];
}

/** The same where every packet is delayed, and what small writes do there. */
async function packets(bed: Bed): Promise<Check[]> {
  const model = { ttftMs: 100, tokens: 60, tokenMs: 10 };
  const run: SmallRun = { ...one('sse-h1'), model, requests: 4, networks: ['100ms'] };
  const wanted: Wanted = { transport: 'sse-h1', network: '100ms' };
  const nagle = await bed.run({ ...run, faults: { nagle: true } });
  const without = await bed.run(run);
  return [
    ...(await handshakes(bed, 'every packet')),
    flagged(
      'Nagle’s algorithm',
      'noDelay: false in the server',
      /^grouped/,
      cellIn(nagle.cells, wanted).notes,
    ),
    counted('notes without it', 'nothing', 0, cellIn(without.cells, wanted).notes.length),
  ];
}

/** What R = 100 ms adds to the same requests on loopback: a known number of round trips. */
async function handshakes(bed: Bed, what: string): Promise<Check[]> {
  const { cells } = await bed.run({
    ...both,
    temperatures: ['cold', 'warm'],
    networks: ['loopback', '100ms'],
  });
  return STREAMING.flatMap((transport) =>
    (['warm', 'cold'] as const).flatMap((temperature) => {
      const near = cellIn(cells, { transport, temperature });
      const far = cellIn(cells, { transport, temperature, network: '100ms' });
      const trips = temperature === 'warm' ? 1 : transport === 'websocket' ? 3 : 2;
      const name = `${transport}: ${temperature}, ${trips === 1 ? '1 round trip' : `${trips} round trips`}`;
      const injected = `R 100 ms, ${what}`;
      const whole = recovered(name, injected, trips * R, ttft(far) - ttft(near));
      const connect = (far.phases.connect ?? 0) - (near.phases.connect ?? 0);
      return temperature === 'warm'
        ? [whole]
        : [whole, recovered(`${transport}: connecting, 1 round trip`, injected, R, connect)];
    }),
  );
}
