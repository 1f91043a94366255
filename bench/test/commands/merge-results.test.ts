import { describe, expect, it } from 'vitest';
import { parseResult } from '../../src/commands/read-result.ts';
import type { Cell, Result } from '../../src/result/schema.ts';
import { cellOf, networkOf } from './made-result.ts';
import { first, merged, onlyCell, refusal, run, second } from './runs-to-merge.ts';

function memory(connections: number, idle_kb_per_connection: number): Result['memory'] {
  return [{ server: 'ours', connections, idle_kb_per_connection, streaming_kb_per_connection: null }];
}

function noted(cell: Cell, ...notes: string[]): Cell {
  return { ...cell, notes };
}

describe('a merged result', () => {
  it('has every note of its runs once', () => {
    const { result } = merged([run([noted(first, 'a', 'b')]), run([noted(second, 'b', 'c')])]);
    expect(onlyCell(result).notes).toEqual(['a', 'b', 'c']);
  });

  it('fits the schema and can be read again', () => {
    const { result } = merged([run([first]), run([second]), run([{ ...first, goodput: 0 }], { seed: 9 })]);
    expect(parseResult(JSON.stringify(result), 'merged')).toEqual({ ok: true, result });
  });

  it('keeps cells in the same round that were in the same round, and compares transports anew', () => {
    const websocket = cellOf({ transport: 'websocket', ttft: 250, seed: 4, rounds: 5 });
    const { result, notes } = merged([run([first]), run([second, websocket])]);
    const [sse, ws] = result.cells;
    expect(new Set(sse?.samples.round.slice(24))).toEqual(new Set(ws?.samples.round));
    expect(result.comparisons.map(({ a, b, verdict }) => [a, b, verdict])).toEqual([
      ['sse', 'websocket', 'slower'],
    ]);
    expect(notes).toContain('websocket.loopback.warm: not in every file');
  });

  it('counts the generator together, and lets its worst delay stand', () => {
    const { generator } = run([]);
    const worse = {
      ...generator,
      requested: 120,
      started: 100,
      achieved: 0.5,
      clock_offset_ms: 0.4,
      event_loop_delay_ms: { p50: 0.5, p99: 9, max: 20 },
    };
    const { result } = merged([
      run([first], { duration_ms: 5 }),
      run([second], { generator: worse, duration_ms: 6, interrupted: true, void: ['slow'] }),
    ]);
    expect(result).toMatchObject({ duration_ms: 11, interrupted: true, void: ['slow'] });
    expect(result.generator).toMatchObject({
      requested: 160,
      started: 140,
      achieved: 0.625,
      clock_offset_ms: 0.4,
    });
    expect(result.generator.event_loop_delay_ms).toEqual({ p50: 1, p99: 9, max: 20 });
  });

  it('keeps what has no raw samples from the first file, carries other settings, and says what it left out', () => {
    const { result, notes } = merged([
      run([first], { memory: memory(100, 1) }),
      run([second], { memory: [...memory(100, 2), ...memory(500, 3)] }),
    ]);
    expect(result.memory.map((row) => row.idle_kb_per_connection)).toEqual([1, 3]);
    expect(notes.join('\n')).toContain('left out: 1 of 3 memory');
  });

  it('has no conclusions of single runs, but those that are made of it', () => {
    const claim: Result['claims'][number] = {
      id: 'c',
      claim: 'c',
      tutorial_says: '1',
      measured: '2',
      verdict: 'refuted',
      because: 'b',
    };
    const runs = [run([first], { claims: [claim] }), run([second])];
    expect(merged(runs).result.claims).toEqual([]);
    expect(merged(runs).notes).toContain('formulas and claims are of single runs: left out');
    const made = merged(runs, {
      conclude: ({ cells }) => ({ formulas: [], claims: [{ ...claim, measured: `${cells[0]?.measured}` }] }),
    });
    expect(made.result.claims[0]?.measured).toBe('64');
    expect(made.notes.join()).not.toContain('claims');
  });
});

describe('runs that cannot be merged honestly', () => {
  const { machine } = run([]);
  it.each<[string, Partial<Result>]>([
    ['0.json and 1.json differ in machine.cpu: cpu against other', { machine: { ...machine, cpu: 'other' } }],
    [
      '0.json and 1.json differ in machine.commit: abc against def',
      { machine: { ...machine, commit: 'def' } },
    ],
    [
      '0.json and 1.json differ in versions.ws: 8.0.0 against 9',
      { machine: { ...machine, versions: { ws: '9' } } },
    ],
    ['0.json and 1.json differ in poll_interval_ms: 1000 against 5', { poll_interval_ms: 5 }],
    [
      '0.json and 1.json differ in network loopback.rtt_ms: 0 against 9',
      { networks: [{ ...networkOf('loopback'), rtt_ms: 9 }] },
    ],
  ])('are refused: %s', (complaint, changes) => {
    expect(refusal(run([first]), run([second], changes))).toEqual([complaint]);
  });

  it('are refused when the model was another, also between the second and the third', () => {
    const model = { ttft_ms: 1, tokens: 10, token_ms: 20, total_ms: 181 };
    expect(refusal(run([first]), run([second], { model }))).toHaveLength(2);
    const other = [{ ...networkOf('wifi'), rtt_ms: 9 }];
    expect(
      refusal(run([first]), run([second], { networks: [networkOf('wifi')] }), run([], { networks: other })),
    ).toEqual(['1.json and 2.json differ in network wifi.rtt_ms: 0 against 9']);
  });

  it('are refused when there is one, or the same one twice', () => {
    expect(refusal(run([first]))).toEqual(['expected two or more result files, got 1']);
    expect(refusal(run([first]), run([second]), run([first]))).toEqual([
      '2.json is the same run as 0.json: its samples would count twice',
    ]);
  });
});
