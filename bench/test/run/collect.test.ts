import type { TraceEvent } from '@tokenwire/conformance';
import { describe, expect, it } from 'vitest';
import { afterKey, idOf } from '../../src/generator/request.ts';
import { type Sample, samplesOf } from '../../src/run/collect.ts';
import { AGAIN, answerOf, callOf, KEY, MODEL, roundOf, TEXTS } from './made-round.ts';

const TRANSPORTS = ['websocket', 'sse-h1'] as const;

/** The one sample of a round whose client got these texts. */
function heard(transport: string, texts: readonly string[]): Sample {
  const events = (conn: string) => answerOf(conn, KEY, 1000, texts);
  return only(samplesOf(roundOf({ transport, events, journal: callOf(KEY, 1, 1000) })));
}

/** The first events of the answer: all of them, or so many. */
const heardOf =
  (count?: number) =>
  (conn: string): TraceEvent[] =>
    answerOf(conn, KEY, 1000, TEXTS).slice(0, count);

const askedAgain = (conn: string): TraceEvent[] => [
  ...heardOf(1)(conn),
  ...answerOf(conn, AGAIN, 1040, TEXTS),
];

function only(samples: readonly Sample[]): Sample {
  expect(samples).toHaveLength(1);
  return samples[0] as Sample;
}

const rules = ({ violations }: Sample): string[] => violations.map(({ requirement }) => requirement);

describe.each(TRANSPORTS)('an answer over %s', (transport) => {
  it('that is right has its metrics and no violation', () => {
    const sample = heard(transport, TEXTS);
    expect(rules(sample)).toEqual([]);
    expect(sample).toMatchObject({ key: KEY, found: 'warm', scenario: 'answer', round: 0 });
    expect(sample.metrics).toMatchObject({ ttft: 22, ttft_sched: 23, ttfb: 2, e2e: 80, icl: 10, added: 1 });
    expect(sample.model).toEqual({ ttft: 20, total: 70 });
    expect(sample.tokens).toEqual({ expected: 5, received: 5, lost: 0, doubled: 0, reordered: 0 });
    expect(sample.bytes).toEqual({ up: 100, down: 600 });
    // Opened ahead of the request: that was nobody's wait.
    expect(sample.phases.map(({ name }) => name)).toEqual(['send', 'wait']);
  });

  it('of which a token was dropped is found by the oracle', () => {
    const sample = heard(transport, TEXTS.with(2, ''));
    expect(rules(sample)).toContain('sequence.text-exact');
    expect(sample.tokens).toMatchObject({ lost: 1, doubled: 0 });
  });

  it('of which a token came twice is found by the oracle', () => {
    const sample = heard(transport, TEXTS.with(2, TEXTS[2]?.repeat(2) ?? ''));
    expect(rules(sample)).toContain('sequence.text-exact');
    expect(sample.tokens).toMatchObject({ lost: 0, doubled: 1 });
  });

  it('of which two tokens were swapped is found by the oracle', () => {
    const [a, b, c, ...rest] = TEXTS as [string, string, string, ...string[]];
    const sample = heard(transport, [a, c, b, ...rest]);
    expect(rules(sample)).toContain('sequence.text-exact');
    expect(sample.tokens).toMatchObject({ lost: 0, doubled: 0, reordered: 1 });
  });

  it('that the model was asked for twice is found by the oracle', () => {
    const events = heardOf();
    const journal = [...callOf(KEY, 1, 1000, 1), ...callOf(KEY, 2, 1000)].sort((a, b) => a.atMs - b.atMs);
    const sample = only(samplesOf(roundOf({ transport, events, journal })));
    expect(rules(sample)).toContain('generate.no-blind-retry');
  });
});

describe('a violation of a connection', () => {
  it('is told once, however many requests were on it', () => {
    const second = 'k1';
    const events = (conn: string) => [
      ...answerOf(conn, KEY, 1000, TEXTS.with(1, '')),
      ...answerOf(conn, second, 1100, TEXTS),
    ];
    const journal = [...callOf(KEY, 1, 1000), ...callOf(second, 2, 1100)];
    const round = roundOf({ transport: 'sse-h1', events, journal });
    const [request] = round.requests;
    const [record] = round.outcome.records;
    if (!request || !record) throw new Error('expected one request');
    const requests = [request, { ...request, key: second }];
    round.outcome.records.push({ ...record, key: second, id: idOf(second), startedAt: 1100, endedAt: 1180 });
    const samples = samplesOf({ ...round, requests });
    expect(samples.map(({ violations }) => violations.length > 0)).toEqual([true, false]);
    // They share its bytes.
    expect(samples.map(({ bytes }) => bytes.down)).toEqual([300, 300]);
  });
});

describe('a cut', () => {
  const cut = { kind: 'cut', afterMs: 35 } as const;

  it('after which the client asks again is no violation, though the model is called twice', () => {
    const journal = [...callOf(KEY, 1, 1000, 2), ...callOf(AGAIN, 2, 1040)];
    const record = { id: idOf(AGAIN), stoppedAt: 1035, endedAt: 1120 };
    const round = { transport: 'blocking', scenario: cut, events: askedAgain, journal, record };
    const sample = only(samplesOf(roundOf(round)));
    expect(rules(sample)).toEqual([]);
    expect(sample.tokens).toEqual({ expected: 5, received: 5, lost: 0, doubled: 0, reordered: 0 });
    // Cut at 1035; the first token of the second answer is there at 1062.
    expect(sample.cut).toEqual({ extraCalls: 1, toNextToken: 27 });
  });

  it('after which the client resumes costs no call', () => {
    const events = heardOf();
    const record = { stoppedAt: 1035 };
    const journal = callOf(KEY, 1, 1000);
    const sample = only(samplesOf(roundOf({ transport: 'sse-h1', scenario: cut, events, journal, record })));
    expect(sample.cut).toEqual({ extraCalls: 0, toNextToken: 7 });
  });

  it('after which nothing comes any more is told as that', () => {
    const events = heardOf(3);
    const record = { stoppedAt: 1035, error: 'the connection broke' };
    const journal = callOf(KEY, 1, 1000, 2);
    const sample = only(samplesOf(roundOf({ transport: 'sse-h1', scenario: cut, events, journal, record })));
    expect(sample.cut).toEqual({ extraCalls: 0 });
    expect(sample.error).toBe('the connection broke');
    expect(sample.tokens).toMatchObject({ expected: 2, received: 1, lost: 1 });
  });
});

describe('a stop', () => {
  it('is timed to the last token, to the end of the model’s call, and to the next answer', () => {
    const next = afterKey(KEY);
    const events = (conn: string) => [
      // Stopped at 1035: one more token comes at 1042.
      ...answerOf(conn, KEY, 1000, TEXTS).slice(0, 5),
      ...answerOf(conn, next, 1050, TEXTS),
    ];
    const journal = [...callOf(KEY, 1, 1000, 3), ...callOf(next, 2, 1050)];
    const scenario = { kind: 'cancel', afterMs: 35 } as const;
    const round = roundOf({
      transport: 'sse-h1',
      scenario,
      events,
      journal,
      record: { stoppedAt: 1035, endedAt: 1045 },
    });
    const [record] = round.outcome.records;
    if (!record) throw new Error('expected a record');
    const { stoppedAt: _once, ...again } = record;
    round.outcome.records.push({ ...again, key: next, id: idOf(next), startedAt: 1035, endedAt: 1130 });
    const { stop } = only(samplesOf(round));
    // The model wrote a third token at 1041 and was gone at 1051; the next answer began to come at 1072.
    expect(stop).toEqual({ toLastToken: 7, wasted: 1, toModelClosed: 16, ttftAfter: 37 });
  });

  it('that the model never heard of has no end of its call', () => {
    const events = heardOf(4);
    const scenario = { kind: 'cancel', afterMs: 35 } as const;
    const record = { stoppedAt: 1035 };
    const journal = callOf(KEY, 1, 1000);
    const { stop } = only(samplesOf(roundOf({ transport: 'sse-h1', scenario, events, journal, record })));
    expect(stop).toEqual({ toLastToken: 0, wasted: MODEL.tokens - 2 });
  });
});
