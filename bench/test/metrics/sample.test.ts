import { describe, expect, it } from 'vitest';
import {
  addedOf,
  chunksOf,
  countTokens,
  delaysOf,
  metricsOf,
  phasesOf,
  timelineOf,
} from '../../src/metrics/sample.ts';
import { received, seenOf, start, token, written } from './made-seen.ts';

const WRITTEN = [written(0, ' ab', 1090), written(1, ' c', 1190), written(2, ' def', 1290)];
const ANSWER = [
  start(1050),
  token(1100, 2, ' ab'),
  token(1200, 3, ' c'),
  token(1320, 4, ' def'),
  received(1500, { type: 'end', id: 'i', seq: 5 }),
];

describe('chunks', () => {
  it('are tokens that came within half a millisecond of each other', () => {
    const chunks = chunksOf([token(10, 2, ' a'), token(10.4, 3, ' b'), token(10.9, 4, ' c')]);
    expect(chunks).toEqual([
      { at: 10, tokens: 2 },
      { at: 10.9, tokens: 1 },
    ]);
  });

  it('go on while each message is close to the one before it, however long that lasts', () => {
    const messages = [token(10, 2, ' a'), token(10.4, 3, ' b'), token(10.8, 4, ' c')];
    expect(chunksOf(messages)).toEqual([{ at: 10, tokens: 3 }]);
  });

  it('count every token of a merged message', () => {
    expect(chunksOf([token(10, 6, ' a b c d', 3), token(20, 7, ' e')])).toEqual([
      { at: 10, tokens: 4 },
      { at: 20, tokens: 1 },
    ]);
  });

  it('leave out empty text and everything that is no token', () => {
    const messages = [start(5), token(6, 2, ''), token(20, 3, ' a'), received(30, { type: 'end', seq: 4 })];
    expect(chunksOf(messages)).toEqual([{ at: 20, tokens: 1 }]);
  });
});

describe('metrics of a request', () => {
  it('count the time to first token from the start, and from the plan', () => {
    const metrics = metricsOf(seenOf(ANSWER));
    expect(metrics).toMatchObject({ ttft: 100, ttft_sched: 110, start_lag: 10, e2e: 500 });
  });

  it('take the message of the role for a first byte, but not for a first token', () => {
    const role = token(1060, 2, '');
    const metrics = metricsOf(seenOf([start(1050), role, token(1100, 3, ' ab'), token(1200, 4, ' c')]));
    expect(metrics).toMatchObject({ ttfb: 50, ttft: 100 });
  });

  it('divide what follows the first token by the tokens that are not in the first chunk', () => {
    const metrics = metricsOf(
      seenOf([token(1100, 3, ' a b', 2), token(1200, 4, ' c'), token(1300, 5, ' d')]),
    );
    expect(metrics.tpot).toBe((500 - 100) / (4 - 2));
  });

  it('tell the gap between chunks from the gap between tokens', () => {
    // Gaps of 100 and 120 ms between chunks; two tokens of one chunk have none.
    const messages = [token(1100, 2, ' a'), token(1200, 4, ' b c', 3), token(1320, 5, ' d')];
    expect(metricsOf(seenOf(messages))).toMatchObject({ icl: 110, itl: 100 });
  });

  it('know no time per token and no gap when everything came as one chunk', () => {
    const metrics = metricsOf(seenOf([start(1300), token(1300, 4, ' a b c', 2)]));
    expect(metrics).toMatchObject({ ttfb: 300, ttft: 300, e2e: 500 });
    for (const absent of ['tpot', 'icl', 'itl'] as const) expect(metrics).not.toHaveProperty(absent);
  });

  it('know no time to first token when there was no token', () => {
    const metrics = metricsOf(seenOf([start(1050)]));
    expect(metrics).toEqual({ start_lag: 10, e2e: 500, ttfb: 50 });
  });

  it('have the median of what was added on the way', () => {
    expect(metricsOf(seenOf(ANSWER, { written: WRITTEN })).added).toBe(10);
    expect(metricsOf(seenOf(ANSWER))).not.toHaveProperty('added');
  });
});

describe('what is added to a token', () => {
  it('is counted from when the model wrote it to when the client had it', () => {
    expect(addedOf(ANSWER, WRITTEN)).toEqual([10, 10, 30]);
  });

  it('is counted for each token of a merged message', () => {
    expect(addedOf([token(1300, 4, ' ab c def', 2)], WRITTEN)).toEqual([210, 110, 10]);
  });

  it('is counted when the last letter is there, wherever the messages are split', () => {
    const messages = [token(1100, 2, ' a'), token(1200, 3, 'b c d'), token(1310, 4, 'ef')];
    expect(addedOf(messages, WRITTEN)).toEqual([110, 10, 20]);
  });

  it('ends with what arrived', () => {
    expect(addedOf([token(1100, 2, ' ab')], WRITTEN)).toEqual([10]);
    expect(addedOf([], WRITTEN)).toEqual([]);
    expect(addedOf(ANSWER, [])).toEqual([]);
  });

  it('has a first, a last, a least and a most', () => {
    expect(delaysOf(seenOf(ANSWER, { written: WRITTEN }))).toEqual({
      first: 10,
      last: 30,
      least: 10,
      most: 30,
    });
    expect(delaysOf(seenOf(ANSWER))).toBeUndefined();
  });
});

const count = (...texts: string[]) =>
  countTokens(
    texts.map((text, index) => token(1100 + index, 2 + index, text)),
    WRITTEN,
  );

describe('the count of tokens', () => {
  const right = { expected: 3, received: 3, lost: 0, doubled: 0, reordered: 0 };

  it('finds nothing wrong with a whole answer, merged or not', () => {
    expect(count(' ab', ' c', ' def')).toEqual(right);
    expect(count(' ab c def')).toEqual(right);
  });

  it('finds a token that was lost', () => {
    expect(count(' ab', ' def')).toEqual({ ...right, received: 2, lost: 1 });
    expect(count(' ab', '', ' def')).toEqual({ ...right, received: 2, lost: 1 });
  });

  it('finds a token that came twice', () => {
    expect(count(' ab', ' c', ' c', ' def')).toEqual({ ...right, received: 4, doubled: 1 });
    expect(count(' ab', ' c c', ' def')).toEqual({ ...right, received: 4, doubled: 1 });
  });

  it('finds a token that came too late', () => {
    expect(count(' c', ' ab', ' def')).toEqual({ ...right, reordered: 1 });
  });

  it('counts what the model never said as neither', () => {
    expect(count(' ab', ' xyz', ' def')).toMatchObject({ received: 3, lost: 1, doubled: 0 });
  });
});

const took = (seen: Parameters<typeof phasesOf>[0]) =>
  phasesOf(seen).map(({ name, from_ms, to_ms }) => [name, to_ms - from_ms]);

describe('phases', () => {
  it('of a warm request are writing it and waiting', () => {
    expect(took(seenOf(ANSWER))).toEqual([
      ['send', 1],
      ['wait', 99],
    ]);
  });

  it('follow each other without a gap from the start to the first token', () => {
    const phases = [
      { name: 'connect', at: 1020 },
      { name: 'tls', at: 1040 },
      { name: 'upgrade', at: 1060 },
    ] as const;
    const found = phasesOf(seenOf(ANSWER, { phases, sentAt: 1061 }));
    expect(found.map(({ name }) => name)).toEqual(['connect', 'tls', 'upgrade', 'send', 'wait']);
    expect(found[0]?.from_ms).toBe(0);
    for (const [index, phase] of found.slice(1).entries()) expect(phase.from_ms).toBe(found[index]?.to_ms);
    expect(found.at(-1)?.to_ms).toBe(metricsOf(seenOf(ANSWER)).ttft);
  });

  it('let a request that was written too early leave when its connection is open', () => {
    const phases = [{ name: 'connect', at: 1020 }] as const;
    expect(took(seenOf(ANSWER, { phases, sentAt: 1000 }))).toEqual([
      ['connect', 20],
      ['send', 0],
      ['wait', 80],
    ]);
  });

  it('end without a wait when no token came', () => {
    expect(took(seenOf([start(1050)]))).toEqual([['send', 1]]);
  });

  it('stand in the timeline beside the chunks, all from the start of the request', () => {
    const { chunks, end_ms, phases } = timelineOf(seenOf(ANSWER));
    expect(chunks).toEqual([
      { at_ms: 100, tokens: 1 },
      { at_ms: 200, tokens: 1 },
      { at_ms: 320, tokens: 1 },
    ]);
    expect(end_ms).toBe(500);
    expect(phases.at(-1)).toEqual({ name: 'wait', from_ms: 1, to_ms: 100 });
  });
});
