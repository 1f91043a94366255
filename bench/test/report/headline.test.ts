import { describe, expect, test } from 'vitest';
import { headline } from '../../src/report/headline.ts';
import type { Comparison, Result } from '../../src/result/schema.ts';
import { bareResult, foreignResult, fullResult, voidRunResult } from './fixture.ts';

/** The full run with one comparison, warm and at 100 ms. */
function compared(change: Partial<Comparison>): Result {
  const comparison: Comparison = {
    metric: 'ttft',
    network: '100ms',
    tls: false,
    temperature: 'warm',
    a: 'sse-h1',
    b: 'websocket',
    ratio: { value: 1, low: 0.99, high: 1.01 },
    difference_ms: { value: 0.8, low: -0.2, high: 1.9 },
    verdict: 'no practical difference',
    ...change,
  };
  return { ...fullResult(), comparisons: [comparison] };
}

describe('the headline', () => {
  test('says that there is no practical difference, and how long blocking makes people wait', () => {
    expect(headline(compared({})).finding).toBe(
      'Warm, at 100 ms, WebSocket and SSE differ by 0.80 ms: no practical difference. Blocking makes people wait 2.5 s, polling 3.4 s.',
    );
  });

  test('turns a comparison around so that WebSocket comes first', () => {
    const slower = compared({ verdict: 'slower', difference_ms: { value: 40, low: 38, high: 42 } });
    expect(headline(slower).finding).toContain('WebSocket shows its first token 40 ms sooner than SSE.');
    const faster = compared({ verdict: 'faster', difference_ms: { value: -40, low: -42, high: -38 } });
    expect(headline(faster).finding).toContain('WebSocket shows its first token 40 ms later than SSE.');
  });

  test('takes a comparison that has WebSocket first as it is', () => {
    const faster = compared({
      a: 'websocket',
      b: 'sse-h2',
      verdict: 'faster',
      difference_ms: { value: -12, low: -14, high: -10 },
    });
    expect(headline(faster).finding).toContain(
      'WebSocket shows its first token 12 ms sooner than SSE over HTTP/2.',
    );
  });

  test('leaves open what the samples leave open', () => {
    const open = compared({ verdict: 'undecided', difference_ms: { value: 3, low: -2, high: 9 } });
    expect(headline(open).finding).toContain(
      'WebSocket and SSE differ by 3.0 ms, but the interval (−9 to +2 ms) leaves open which is faster.',
    );
  });

  test('concludes nothing from a cell that is void', () => {
    const result = compared({});
    const cells = result.cells.map((cell) =>
      cell.transport === 'websocket' || cell.transport === 'blocking' ? { ...cell, void: ['busy'] } : cell,
    );
    const { finding } = headline({ ...result, cells });
    expect(finding).not.toContain('WebSocket');
    expect(finding).not.toContain('Blocking');
  });

  test('concludes nothing from a void run', () => {
    expect(headline(voidRunResult())).toEqual({
      finding: 'This run is void: nothing may be concluded from it.',
      more: [],
    });
  });

  test('gives the median and its interval where there is nothing to compare', () => {
    expect(headline(foreignResult()).finding).toMatch(
      /^Warm, on loopback, WebSocket shows its first token after 20\d\.\d ms \(median of 120 requests, 95 % interval [\d.]+–[\d.]+ ms\)\.$/,
    );
  });

  test('speaks of the load if nothing else was measured', () => {
    const { loads } = fullResult();
    expect(headline({ ...bareResult(), loads }).finding).toMatch(
      /^With 100 streams, a token costs Tokenwire 1\.2 times/,
    );
  });

  test('quotes the first error if nothing could be measured', () => {
    const [cell] = foreignResult().cells;
    if (cell === undefined) throw new Error('the fixture has a cell');
    const cells = [{ ...cell, metrics: {}, errors: [{ message: 'connection refused', count: 9 }] }];
    expect(headline({ ...foreignResult(), cells }).finding).toBe(
      'No time to the first token could be measured. The first error: connection refused',
    );
  });

  test('adds what a cold connection, a token, a stop and a cut cost', () => {
    const { more } = headline(fullResult());
    expect(more).toHaveLength(4);
    expect(more[0]).toMatch(
      /^With a new connection for each request, at 100 ms, WebSocket .* later than SSE\.$/,
    );
    expect(more[3]).toContain('nothing lost or doubled');
  });
});
