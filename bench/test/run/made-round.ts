/** A made-up round of one request: what its connection carried and what the model noted, as the processes report it. */
import type { TraceEvent } from '@tokenwire/conformance';
import type { JournalEntry, Script } from '@tokenwire/mock-llm';
import { encode } from '@tokenwire/spec';
import { againKey, idOf, messageOf, type RequestRecord } from '../../src/generator/request.ts';
import type { RequestPlan } from '../../src/plan.ts';
import { textsOf } from '../../src/plan.ts';
import type { Round } from '../../src/run/collect.ts';

export const MODEL = { ttftMs: 20, tokens: 5, tokenMs: 10 };
export const TEXTS = textsOf(MODEL);
export const KEY = 'k0';

const script: Script = [
  { kind: 'role' },
  ...TEXTS.map((text) => ({ kind: 'text', text }) as const),
  { kind: 'finish', reason: 'stop' },
  { kind: 'done' },
];

const HELLO = encode({ type: 'hello', session: 'a'.repeat(64), features: {} });
const WELCOME = JSON.stringify({
  type: 'welcome',
  conn: 'c'.repeat(16),
  epoch: 'bench',
  levels: ['core'],
  features: {},
  limits: {
    hello_timeout_ms: 10_000,
    max_client_bytes: 1_048_576,
    max_server_bytes: 65_536,
    max_streams: 4096,
    retention_ms: 10_000,
    grace_default_ms: 60_000,
    grace_max_ms: 600_000,
    id_memory_ms: 10_000,
    tombstones: 1024,
    outbound_bytes: 1_048_576,
  },
  heartbeat: { interval_ms: 15_000, timeout_ms: 10_000 },
});

/** Without the parsed message: that does not travel between processes. */
const sent = (at: number, conn: string, raw: string): TraceEvent => ({
  at,
  kind: 'sent',
  conn,
  raw,
  message: undefined,
});
const received = (at: number, conn: string, raw: string): TraceEvent => ({
  at,
  kind: 'received',
  conn,
  raw,
  message: undefined,
  binary: false,
});

/** One answer: asked at `at`, its first token 22 ms later, then one each 10 ms. */
export function answerOf(conn: string, key: string, at: number, texts: readonly string[]): TraceEvent[] {
  const id = idOf(key);
  const seqOfEnd = 2 + texts.length;
  // The server believes that it sends all: only who compares texts can notice.
  const utf8Bytes = Buffer.byteLength(TEXTS.join(''));
  const line = (offset: number, message: object): TraceEvent =>
    received(at + offset, conn, JSON.stringify({ ...message, id }));
  return [
    sent(at, conn, encode(messageOf(key))),
    line(2, { type: 'start', seq: 1, epoch: 'bench', model: 'bench', grace_ms: 60_000 }),
    ...texts.map((text, index) => line(22 + 10 * index, { type: 'token', seq: 2 + index, text })),
    line(24 + 10 * texts.length, {
      type: 'end',
      seq: seqOfEnd,
      finish_reason: 'stop',
      upstream: 'completed',
      utf8_bytes: utf8Bytes,
      timing: { queue_ms: 1, ttft_ms: 21, total_ms: 70 },
    }),
  ];
}

/** The model's notes of one call that begins at `at`, right to its end or gone after so many tokens. */
export function callOf(key: string, call: number, at: number, goneAfter?: number): JournalEntry[] {
  const about = { call, key };
  const said = TEXTS.slice(0, goneAfter);
  const messages = [{ role: 'user', content: `Go on. [[script:${key}]]` }];
  const end = { atMs: at + 21 + 10 * said.length, ...about };
  return [
    { kind: 'received', messages, stream: true, params: {}, headers: {}, atMs: at + 1, ...about },
    { kind: 'accepted', atMs: at + 1.5, ...about },
    ...said.map(
      (text, index): JournalEntry => ({
        kind: 'written',
        channel: 'text',
        index,
        text,
        atMs: at + 21 + 10 * index,
        ...about,
      }),
    ),
    goneAfter === undefined
      ? { kind: 'ended', how: 'done', ...end }
      : { kind: 'peer_gone', phase: 'streaming', ...end },
  ];
}

export interface MadeRound {
  transport: string;
  scenario?: RequestPlan['scenario'];
  /** Of the client, behind its connection. */
  events: (conn: string) => TraceEvent[];
  journal: readonly JournalEntry[];
  record?: Partial<RequestRecord>;
}

/** Everything happens from 1000 on. */
export function roundOf({ transport, scenario, events, journal, record }: MadeRound): Round {
  const conn = `r0 ${transport}-1`;
  const cell = `${transport}/warm/plain/loopback`;
  const begun: TraceEvent[] = [
    { at: 900, kind: 'dialled', conn, principal: conn, offered: ['tokenwire.v1'] },
    ...(transport === 'websocket'
      ? ([
          { at: 901, kind: 'opened', conn, selected: 'tokenwire.v1', extensions: '' },
          sent(902, conn, HELLO),
          received(903, conn, WELCOME),
        ] satisfies TraceEvent[])
      : []),
  ];
  const times = { plannedAt: 999, startedAt: 1000, endedAt: 1080 };
  return {
    number: 0,
    requests: [{ key: KEY, cell, offsetMs: 0, scenario: scenario ?? { kind: 'answer' } }],
    outcome: {
      records: [{ key: KEY, cell, conn, id: idOf(KEY), found: 'warm', ...times, ...record }],
      tapes: [
        {
          conn,
          cell,
          phases: [{ name: 'connect', at: 901 }],
          events: [...begun, ...events(conn)],
          bytes: { up: 100, down: 600 },
        },
      ],
      loopDelay: { p50: 0, p99: 0, max: 0 },
      startedInTime: 1,
    },
    journal,
    script,
    isTokenwire: (id) => id.startsWith('websocket/'),
  };
}

export const AGAIN = againKey(KEY);
