import { describe, expect, it } from 'vitest';
import type { Passed, Transcript } from '../../src/calibrate/tap-process.ts';
import { connectionsOf, longestSilence, medianOf, witnessed } from '../../src/calibrate/witness.ts';
import { textsOf } from '../../src/plan.ts';

const PLAN = { ttftMs: 100, tokens: 4, tokenMs: 10 };
const TEXTS = textsOf(PLAN);

const up = (at: number, text = 'POST /sse'): Passed => ({ at, up: true, text });
const down = (at: number, text: string): Passed => ({ at, up: false, text });
/** The tokens from `first` to `last` in one piece. */
const tokens = (at: number, first: number, last = first): Passed =>
  down(
    at,
    TEXTS.slice(first, last + 1)
      .map((text) => `{"type":"token","text":"${text}"}`)
      .join('\n'),
  );
const transcript = (acceptedAt: number, ...passed: Passed[]): Transcript => ({
  port: 80,
  acceptedAt,
  passed,
});

const ANSWER = [
  up(20),
  down(22, '{"type":"start"}'),
  tokens(120, 0),
  tokens(130, 1),
  tokens(142, 2),
  tokens(151, 3),
];

describe('the witness', () => {
  it('times an answer from the connection, from the request, and between its tokens', () => {
    expect(witnessed([transcript(5, ...ANSWER)], PLAN)).toEqual([
      { cold: 115, warm: 100, gaps: [10, 12, 9] },
    ]);
  });

  it('takes the last bytes of the client before the first token for the request', () => {
    const upgraded = transcript(5, up(6, 'GET /ws'), down(8, 'HTTP/1.1 101 '), ...ANSWER);
    expect(witnessed([upgraded], PLAN)).toMatchObject([{ cold: 115, warm: 100 }]);
  });

  it('is not confused by what the client says in the middle of an answer', () => {
    const [ask, begin, first, ...others] = ANSWER as [Passed, Passed, Passed, ...Passed[]];
    const acknowledged = transcript(5, ask, begin, first, up(125, 'ack'), ...others);
    expect(witnessed([acknowledged], PLAN)).toEqual([{ cold: 115, warm: 100, gaps: [10, 12, 9] }]);
  });

  it('sees every answer on a connection', () => {
    const later = ANSWER.map((piece) => ({ ...piece, at: piece.at + 1000 }));
    const seen = witnessed([transcript(5, ...ANSWER, ...later)], PLAN);
    expect(seen.map(({ warm }) => warm)).toEqual([100, 100]);
    expect(seen.map(({ gaps }) => gaps)).toEqual([
      [10, 12, 9],
      [10, 12, 9],
    ]);
  });

  it('sees tokens that passed together without a gap', () => {
    const seen = witnessed([transcript(5, up(20), tokens(120, 0, 2), tokens(150, 3))], PLAN);
    expect(seen).toEqual([{ cold: 115, warm: 100, gaps: [0, 0, 30] }]);
  });

  it('sees no answer where no token passed', () => {
    expect(witnessed([transcript(5, up(20), down(30, '{"type":"error"}'))], PLAN)).toEqual([]);
    expect(witnessed([], PLAN)).toEqual([]);
  });
});

describe('the connections of a transport', () => {
  const socket = transcript(1, up(2, 'GET /ws'), down(3, 'HTTP/1.1 101 Switching Protocols'));
  const http = transcript(1, up(2), down(3, 'HTTP/1.1 200 OK'));

  it('are told apart by the upgrade', () => {
    expect(connectionsOf('websocket', [socket, http])).toEqual([socket]);
    expect(connectionsOf('sse-h1', [socket, http])).toEqual([http]);
  });

  it('count where nothing passed', () => {
    expect(connectionsOf('sse-h1', [transcript(1)])).toHaveLength(1);
  });
});

describe('the longest silence', () => {
  it('is within an answer, not before its first token and not between answers', () => {
    const later = ANSWER.map((piece) => ({ ...piece, at: piece.at + 5000 }));
    expect(longestSilence([transcript(5, ...ANSWER, ...later)], PLAN)).toBe(12);
  });

  it('is found on whichever connection it was', () => {
    const stalled = transcript(5, up(20), tokens(120, 0), tokens(1130, 1));
    expect(longestSilence([transcript(5, ...ANSWER), stalled], PLAN)).toBe(1010);
  });

  it('is none where nothing passed', () => {
    expect(longestSilence([], PLAN)).toBe(0);
    expect(longestSilence([transcript(5)], PLAN)).toBe(0);
  });
});

it('has no median of nothing', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([])).toBeNaN();
});
