import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { addMergeCommand } from '../../src/commands/merge.ts';
import { parseResult } from '../../src/commands/read-result.ts';
import type { Result } from '../../src/result/schema.ts';
import { first, run, second } from './runs-to-merge.ts';

function command(...args: string[]) {
  const written = { out: '', err: '', code: Number.NaN };
  const program = new Command().exitOverride();
  addMergeCommand(program, {
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    exit: (code) => (written.code = code),
    color: false,
  });
  program.parse(['merge', ...args], { from: 'user' });
  return written;
}

describe('the command merge', () => {
  const folder = mkdtempSync(join(tmpdir(), 'merge-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function saved(name: string, result: Result): string {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(result));
    return file;
  }

  it('writes the result to a file or to its output, and its notes elsewhere', () => {
    const files = [saved('a.json', run([first])), saved('b.json', run([second]))];
    const { out, err, code } = command(...files);
    expect(code).toBe(0);
    expect(parseResult(out, 'out').ok).toBe(true);
    expect(err).toContain('note: phases and timelines');
    const to = join(folder, 'merged.json');
    expect(command('--out', to, ...files).out).toBe('');
    expect(readFileSync(to, 'utf8')).toBe(out);
  });

  it('ends with 2 when the result cannot be written', () => {
    const files = [saved('c.json', run([first])), saved('d.json', run([second]))];
    const { code, err } = command('--out', join(folder, 'missing', 'merged.json'), ...files);
    expect(code).toBe(2);
    expect(err).toContain('merged.json: cannot be written (ENOENT');
  });

  it('ends with 2 and writes nothing when a file cannot be read or merged', () => {
    const good = saved('good.json', run([first]));
    const unreadable = command(good, join(folder, 'none.json'));
    expect(unreadable).toMatchObject({ code: 2, out: '', err: expect.stringContaining('none.json') });
    const foreign = command(good, saved('poll.json', run([second], { poll_interval_ms: 5 })));
    expect(foreign).toMatchObject({ code: 2, out: '', err: expect.stringContaining('poll_interval_ms') });
  });
});
