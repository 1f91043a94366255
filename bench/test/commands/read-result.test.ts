import { describe, expect, it } from 'vitest';
import { parseResult, readResult } from '../../src/commands/read-result.ts';
import { cellOf, resultOf } from './made-result.ts';

const valid = resultOf([cellOf({ transport: 'sse' })]);

function complaint(result: unknown): string {
  const parsed = parseResult(typeof result === 'string' ? result : JSON.stringify(result), 'run.json');
  return parsed.ok ? 'accepted' : parsed.error;
}

/** The valid result, altered in place. */
function altered(change: (result: typeof valid) => void): string {
  const copy = structuredClone(valid);
  change(copy);
  return complaint(copy);
}

describe('a result file', () => {
  it('is read when it is valid', () => {
    expect(parseResult(JSON.stringify(valid), 'run.json')).toEqual({ ok: true, result: valid });
  });

  it('that does not exist is named, with what was expected', () => {
    const read = readResult('/nowhere/run.json');
    expect(read.ok ? '' : read.error).toMatch(/^\/nowhere\/run\.json: ENOENT.*expected a result file/);
  });

  it('that is something else is named, with what was expected', () => {
    expect(complaint('<html>')).toMatch(/^run\.json: not JSON .*expected a result file/);
    expect(complaint([])).toMatch(/^run\.json: its schema is missing; expected .*tokenwire-bench\/1/);
    expect(complaint('null')).toContain('its schema is missing');
    expect(complaint({ schema: 'tokenwire-bench/9' })).toContain('its schema is "tokenwire-bench/9"');
  });

  it('that does not fit the schema is complained about by the place in it, a few at most', () => {
    const text = altered((result) => Object.assign(result.cells[0] ?? {}, { planned: 'many' }));
    expect(text).toContain('run.json: does not fit the schema:\n  cells[0].planned: ');
    const everything = complaint({ schema: 'tokenwire-bench/1' });
    expect(everything.split('\n')).toHaveLength(7);
    expect(everything).toMatch(/and \d+ more$/);
  });

  it('is refused when its samples do not line up', () => {
    expect(altered(({ cells }) => cells[0]?.samples.columns.ttft?.pop())).toContain(
      'cell sse.loopback.warm: 39 samples of ttft for 40 rounds',
    );
  });

  it('is refused when a summary is of other samples', () => {
    const text = altered(({ cells }) => Object.assign(cells[0]?.metrics.ttft ?? {}, { n: 41 }));
    expect(text).toContain('ttft says n = 41, with 40 raw samples and 40 in its histogram');
    const unreadable = altered(({ cells }) =>
      Object.assign(cells[0]?.metrics.ttft ?? {}, { histogram: '?' }),
    );
    expect(unreadable).toContain('an unreadable histogram');
  });

  it('is refused when two cells have one id', () => {
    expect(altered(({ cells }) => cells.push(...structuredClone(cells)))).toContain('there are two of it');
  });
});
