import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addReportCommand } from '../../src/commands/report.ts';
import { renderCsv, renderMarkdown, renderTerminal, writeReports } from '../../src/report/index.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { result } from '../../src/result/schema.ts';
import { foreignResult, fullResult, voidCellResult, voidRunResult } from './fixture.ts';

const full = fullResult();

describe('the Markdown report', () => {
  const { markdown, images } = renderMarkdown(full);

  test('shows every picture that it brings, and brings every picture that it shows', () => {
    const shown = [...markdown.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, file]) => file);
    expect(new Set(shown)).toEqual(new Set(images.keys()));
    expect(shown).toContain('bench-timeline-100ms.svg');
  });

  test('has pictures that stand alone and follow the theme', () => {
    for (const svg of images.values()) {
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).toContain('prefers-color-scheme:dark');
      expect(svg).toMatch(/role="img" aria-label="[^"]{20,}"/);
      expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|<script/);
    }
  });

  test('keeps the cells of a table apart, whatever is in them', () => {
    const report = renderMarkdown(voidCellResult()).markdown;
    expect(report).toContain('token 18 \\| then token 17');
    expect(report).toContain('> [!CAUTION]');
  });

  test('shows what a server said as text', () => {
    expect(renderMarkdown(foreignResult()).markdown).not.toContain('<script>');
  });

  test('begins with a caution if the run is void', () => {
    expect(renderMarkdown(voidRunResult()).markdown).toMatch(
      /^# This run is void[^\n]*\n\n> \[!CAUTION\]\n> \*\*This run is void\*\*/,
    );
  });
});

describe('the CSV of raw samples', () => {
  test('has a row for each request, with nothing lost', () => {
    const [header = [], ...rows] = parsed(renderCsv(full));
    expect(rows).toHaveLength(full.cells.reduce((sum, cell) => sum + cell.samples.round.length, 0));
    const ttft = header.indexOf('ttft_ms');
    for (const cell of full.cells) {
      const own = rows.filter(([id]) => id === cell.id);
      expect(own.map((row) => Number(row[ttft]))).toEqual(cell.samples.columns.ttft);
    }
  });

  test('leaves a missing value empty, and quotes what needs it', () => {
    const [cell] = foreignResult().cells;
    if (cell === undefined) throw new Error('the fixture has a cell');
    const odd = {
      ...cell,
      id: 'a "quoted", id\nin two lines',
      void: ['busy'],
      samples: { round: [0, 1], columns: { ttft: [1.5, null] } },
    };
    const [header = [], first = [], second = []] = parsed(renderCsv({ ...foreignResult(), cells: [odd] }));
    const column = (name: string): number => header.indexOf(name);
    expect(first[0]).toBe(odd.id);
    expect([first[column('ttft_ms')], second[column('ttft_ms')]]).toEqual(['1.5', '']);
    expect(second[column('round')]).toBe('1');
    expect(second[column('void')]).toBe('true');
    expect(second[column('e2e_ms')]).toBe('');
  });
});

describe('the files', () => {
  test('are a page, Markdown with pictures, the result itself, and samples', () => {
    const directory = join(mkdtempSync(join(tmpdir(), 'report-')), 'new');
    const files = writeReports(full, directory, 'mine').map((file) => basename(file));
    expect(files.filter((file) => !file.endsWith('.svg'))).toEqual([
      'mine.html',
      'mine.md',
      'mine.json',
      'mine.csv',
    ]);
    expect(files).toContain('mine-timeline-100ms.svg');
    expect(result.parse(JSON.parse(readFileSync(join(directory, 'mine.json'), 'utf8')))).toEqual(full);
  });

  test('the schema beside the package describes the result as it is', () => {
    const file = JSON.parse(readFileSync(new URL('../../report.schema.json', import.meta.url), 'utf8'));
    // If it is not: run scripts/report-schema.ts.
    expect(file).toEqual(reportSchema());
  });
});

describe('the summary on the terminal', () => {
  test('has headline, medians and the places of the reports', () => {
    const text = renderTerminal(full, { color: false, files: ['reports/bench.html'] });
    expect(text).toMatch(/^Warm, at 100 ms, WebSocket and SSE/);
    expect(text).toMatch(/^SSE, HTTP\/1\.1 +30\d\.\d \(30\d\.\d–30\d\.\d\) +40\d/m);
    expect(text).toContain('wrote reports/bench.html');
    expect(text).not.toContain('\u001b');
  });

  test('has colours where they are wanted', () => {
    expect(renderTerminal(full, { color: true })).toContain('\u001b[1m');
  });

  test('names what is void and what was broken', () => {
    const text = renderTerminal(voidCellResult(), { color: false });
    expect(text).toContain('✗ void: SSE, HTTP/2, cold, 100 ms: 11 of 120');
    expect(text).toContain('✗ 1 violation: SSE, HTTP/2, cold, 100 ms: token.order');
    expect(text).toMatch(/^SSE, HTTP\/2 .* void /m);
  });

  test('lets nobody steer the terminal', () => {
    const foreign = foreignResult();
    const cells = foreign.cells.map((cell) => ({
      ...cell,
      errors: [{ message: '\u001b[2Jgone\r\nnow', count: 1 }],
    }));
    expect(renderTerminal({ ...foreign, cells }, { color: false })).toContain(': gone now\n');
  });
});

describe('the command', () => {
  test('makes the reports beside the result', () => {
    const directory = mkdtempSync(join(tmpdir(), 'report-'));
    writeReports(foreignResult(), directory, 'mine', ['json']);
    const { code, out } = run(join(directory, 'mine.json'), '--format', 'html,csv');
    expect(code).toBe(0);
    expect(out).toContain(`wrote ${join(directory, 'mine.html')}`);
    expect(out).toContain(`wrote ${join(directory, 'mine.csv')}`);
    expect(out).not.toContain('mine.md');
  });

  test('ends with 2 and a reason if there is no result, or the format is unknown', () => {
    const missing = run(join(tmpdir(), 'there-is-no-such-result.json'));
    expect(missing.code).toBe(2);
    expect(missing.err).toContain('expected a result file');
    const unknown = run('x.json', '--format', 'pdf');
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('expected some of html, md, json, csv, came "pdf"');
  });
});

/** The command as somebody calls it. */
function run(...args: string[]): { code: number; out: string; err: string } {
  const seen = { code: 0, out: '', err: '' };
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => (seen.err += text) });
  addReportCommand(program, {
    out: (text) => (seen.out += text),
    err: (text) => (seen.err += text),
    exit: (code) => (seen.code = code),
    color: false,
  });
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  try {
    program.parse(['report', ...args], { from: 'user' });
  } catch {
    seen.code = 2;
  }
  return seen;
}

/** A reader of RFC 4180, small and strict. */
function parsed(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  expect(rows.pop()).toEqual([]);
  return rows;
}
