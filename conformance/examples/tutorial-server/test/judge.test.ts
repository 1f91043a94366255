/** Runs judge.ts as anybody would. Needs Python: where there is none yet, it is skipped, but never in CI. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const hasPython = process.env['CI'] !== undefined || existsSync(path('../.venv/installed.txt'));
/** The first run installs Python packages. */
const RUN_MS = 240_000;
/** What these two measure against 500 ms may be late on a machine that is busy with other tests. */
const timed = ['A second prompt as the way to cancel', 'The client closes its socket'];

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

function run(...options: string[]): Promise<Run> {
  const argv = ['--conditions=tw-source', path('../judge.ts'), ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** `judgement title` of each row of a table in Markdown. */
function rowsOf(table: string): string[] {
  return table
    .split('\n')
    .filter((line) => /^\| [✓✗–?] /u.test(line))
    .map((line) =>
      line
        .slice(2)
        .split(/ +\| +/, 2)
        .join(': '),
    )
    .filter((row) => !timed.some((title) => row.endsWith(title)));
}

it('refuses an option that it does not know', { timeout: 60_000 }, async () => {
  const { code, stderr } = await run('--fast');
  expect(code).toBe(2);
  expect(stderr).toContain('usage:');
});

describe.skipIf(!hasPython)('a run against server.py', { timeout: RUN_MS }, () => {
  it('comes to the judgements that README.md shows', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutorial-'));
    try {
      const file = join(folder, 'report.json');
      const { code, stdout, stderr } = await run('--markdown', '--json', file);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(rowsOf(stdout)).toEqual(rowsOf(await readFile(path('../README.md'), 'utf8')));
      const report = JSON.parse(await readFile(file, 'utf8')) as { rows: { judgement: string }[] };
      expect(report.rows).toHaveLength(15);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
