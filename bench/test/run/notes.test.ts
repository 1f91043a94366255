import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/run/collect.ts';
import { notesOf } from '../../src/run/notes.ts';
import { sampleOf, samplesOf } from './made-sample.ts';

const MODEL = { ttftMs: 100, tokens: 10, tokenMs: 20 };
const RIGHT = samplesOf('c', 9);

/** Answers that came in so many chunks of so many tokens. */
function chunked(chunks: number, tokens: number): Sample[] {
  const { timeline } = sampleOf('c', 0);
  const made = Array.from({ length: chunks }, (_, index) => ({ at_ms: 100 + 20 * index, tokens }));
  return samplesOf('c', 9, { timeline: { ...timeline, chunks: made } });
}

describe('notes', () => {
  it('say nothing when the way is as it should be', () => {
    expect(notesOf('websocket', RIGHT, MODEL)).toEqual([]);
    expect(notesOf('websocket', [], MODEL)).toEqual([]);
  });

  it('point out what collects before it lets go', () => {
    const delays = { first: 60, last: 5, least: 5, most: 60 };
    const notes = notesOf('sse-h1', samplesOf('c', 9, { delays }), MODEL);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^buffered: the first token was 60\.0 ms on its way, the last 5\.0 ms/);
  });

  it('do not take a slow way for a buffer', () => {
    const delays = { first: 60, last: 60, least: 59, most: 61 };
    expect(notesOf('sse-h1', samplesOf('c', 9, { delays }), MODEL)).toEqual([]);
  });

  it('point out tokens that travel in groups', () => {
    const notes = notesOf('websocket', chunked(8, 1), MODEL);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^grouped: 8 chunks arrived for 10 writes/);
    expect(notesOf('websocket', chunked(9, 1), MODEL)).toEqual([]);
  });

  it('tell groups of the model from groups of the way', () => {
    expect(notesOf('websocket', chunked(2, 5), { ...MODEL, batch: 5 })).toEqual([
      'multi-token chunks: the model writes 5 tokens at a time',
    ]);
  });

  it('point out an answer that stood still, and for how long', () => {
    const stalled = sampleOf('c', 9, { delays: { first: 1, last: 1, least: 1, most: 801 } });
    const notes = notesOf('websocket', [...RIGHT, stalled], MODEL);
    expect(notes).toEqual(['stalled: 1 of 10 answers stood still, the longest for 800 ms']);
    const short = sampleOf('c', 9, { delays: { first: 1, last: 1, least: 1, most: 290 } });
    expect(notesOf('websocket', [...RIGHT, short], MODEL)).toEqual([]);
  });

  it('say nothing of transports that bring groups by their nature', () => {
    for (const transport of ['blocking', 'polling-end', 'polling-cursor', 'long-poll'])
      expect(notesOf(transport, chunked(2, 5), MODEL)).toEqual([]);
  });

  it('bear with answers whose model nobody saw', () => {
    const blind = RIGHT.map(({ delays: _unseen, ...sample }) => sample);
    expect(notesOf('websocket', blind, MODEL)).toEqual([]);
  });
});
