import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, type CommanderError } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { addCompareCommand, compareResults, renderComparison } from '../../src/commands/compare.ts';
import type { Result } from '../../src/result/schema.ts';
import { cellOf, resultOf } from './made-result.ts';

const folder = mkdtempSync(join(tmpdir(), 'compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

function saved(name: string, content: Result | string): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function run(...args: string[]) {
  const written = { out: '', err: '', code: Number.NaN };
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => (written.err += text) });
  addCompareCommand(program, {
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    exit: (code) => (written.code = code),
    color: false,
  });
  program.parse(['compare', ...args], { from: 'user' });
  return written;
}

/** What the command line complains about. */
function refused(...args: string[]): string {
  try {
    run(...args);
  } catch (error) {
    return (error as CommanderError).message;
  }
  return 'accepted';
}

const sse = (ttft: number, seed: number) => resultOf([cellOf({ transport: 'sse', ttft, seed })], { seed });
const before = saved('before.json', sse(302, 1));
const same = saved('same.json', sse(302, 2));
const slower = saved('slower.json', sse(317, 3));

describe('the command compare', () => {
  it('ends with 0 without a regression and 1 with one, and names it first', () => {
    expect(run(before, same).code).toBe(0);
    const { code, out, err } = run(before, slower);
    expect(code).toBe(1);
    expect(err).toBe('');
    expect(out.split('\n')[0]).toMatch(
      /^regression +sse\.loopback\.warm +ttft +30\d\.\d → 31\d\.\d ms +\+[45]\.\d % +\+1\d\.\d ms +\[\+\d+\.\d … \+\d+\.\d\]/,
    );
    expect(out).toContain('95 % for all 2 together');
    expect(out).toContain('1 regression, 0 improvements, 1 without change');
  });

  it('writes the whole report as JSON', () => {
    const report: unknown = JSON.parse(run('--json', before, slower).out);
    expect(report).toEqual(compareResults(sse(302, 1), sse(317, 3)));
  });

  it('looks only at the metrics and cells that are asked for', () => {
    expect(run('--metric', 'e2e', before, slower).code).toBe(0);
    expect(run('--metric', 'e2e', '--metric', 'ttft', before, slower).code).toBe(1);
    const { code, out } = run('--cell', 'websocket', before, slower);
    expect(code).toBe(4);
    expect(out).toContain('no cell has an id that contains "websocket"');
  });

  it('takes margins', () => {
    expect(run('--margin-percent', '10', before, slower).code).toBe(0);
    expect(run('--margin-ms', '50', before, slower).code).toBe(0);
  });

  it('refuses wrong usage with an error of the command line', () => {
    expect(refused('--metric', 'speed', before, same)).toContain('expected one of ttft');
    expect(refused('--margin-ms', '-1', before, same)).toContain('zero or more');
    expect(refused('--margin-percent', '', before, same)).toContain('zero or more');
    expect(refused(before)).toContain("missing required argument 'after'");
  });

  it('ends with 2 and names every file that it cannot read', () => {
    const { code, err, out } = run(join(folder, 'none.json'), saved('text.json', 'hello'));
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('none.json');
    expect(err).toContain('text.json: not JSON');
  });

  it('ends with 2 and says why runs are not comparable', () => {
    const { code, out } = run(before, saved('model.json', { ...sse(302, 2), model: null }));
    expect(code).toBe(2);
    expect(out).toContain('these two runs are not comparable:\n  - model.ttft_ms: 200 against nothing');
  });

  it('ends with 4 when nothing could be compared, and lists what was left out', () => {
    const { code, out } = run(before, saved('other.json', resultOf([cellOf({ transport: 'websocket' })])));
    expect(code).toBe(4);
    expect(out).toContain('  - sse.loopback.warm: missing in the second file');
    expect(out).toContain('nothing could be compared, 2 not compared');
  });
});

describe('colours', () => {
  const report = compareResults(sse(302, 1), sse(317, 3));
  // oxlint-disable-next-line no-control-regex
  const codes = /\u001b\[\d+m/g;

  it('are there when asked for, and carry nothing that the words do not say', () => {
    const colored = renderComparison(report, { color: true });
    const plain = renderComparison(report, { color: false });
    expect(colored).toMatch(codes);
    expect(plain).not.toMatch(codes);
    expect(colored.replaceAll(codes, '')).toBe(plain);
  });
});
