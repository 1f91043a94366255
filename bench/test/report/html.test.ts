import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/index.ts';
import type { Result } from '../../src/result/schema.ts';
import { bareResult, foreignResult, fullResult, voidCellResult, voidRunResult } from './fixture.ts';

const full = renderHtml(fullResult());
const foreign = renderHtml(foreignResult());

const sectionIds = (page: string): string[] =>
  [...page.matchAll(/<section id="([^"]+)">/g)].map(([, id]) => id ?? '');

describe('the page', () => {
  test('needs nothing from elsewhere', () => {
    expect(full).not.toMatch(/https?:/);
    expect(full).not.toMatch(/<(link|img|iframe|script src)\b/);
    expect(full).not.toMatch(/url\(|@import/);
    expect(full).toContain("default-src 'none'");
  });

  test('stays below half a megabyte', () => {
    expect(full.length).toBeLessThan(500_000);
  });

  test('stays below half a megabyte with twice as many networks and ten times the samples', () => {
    expect(renderHtml(larger(fullResult())).length).toBeLessThan(500_000);
  });

  test('shows what a server said as text and never as markup', () => {
    expect(foreign).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(foreign).not.toContain('<script>alert');
  });

  test('has both themes, and a button to choose', () => {
    expect(full).toContain('@media(prefers-color-scheme:dark)');
    for (const name of ['ground', 'ink', 'websocket', 'sse-h1', 'long-poll', 'bad'])
      expect(full.split(`--${name}:`).length - 1).toBeGreaterThanOrEqual(3);
    expect(full).toContain(':root[data-theme=dark]');
    expect(full).toMatch(/<button id="theme"[^>]* hidden>/);
  });

  test('says every row of a chart in words', () => {
    expect(full).toMatch(/<svg role="img" aria-label="WebSocket: 30\d(\.\d)? ms \(/);
    const drawings = full.match(/<svg (?![^>]*aria-hidden)/g) ?? [];
    const labelled = full.match(/<svg role="img" aria-label="[^"]{10,}"/g) ?? [];
    expect(labelled.length).toBe(drawings.length);
  });

  test('gives a transport one colour in all charts', () => {
    const colours = [
      ...full.matchAll(/<div class="row (c-[a-z0-9-]+)"><div class="label"><i><\/i><span>SSE, HTTP\/1\.1/g),
    ];
    expect(new Set(colours.map(([, colour]) => colour))).toEqual(new Set(['c-sse-h1']));
    expect(colours.length).toBeGreaterThan(5);
  });

  test('draws each raw sample', () => {
    const [row = ''] = /aria-label="Blocking POST: 24[^"]*n 120\)"[^]*?<\/svg>/.exec(full) ?? [];
    expect(row).toContain('class="dots"');
  });

  test('has all sections of a full run', () => {
    expect(sectionIds(full)).toEqual([
      'timeline',
      'summary',
      'ttft',
      'comparisons',
      'claims',
      'formulas',
      'interactions',
      'load',
      'micro',
      'method',
    ]);
  });

  test('leaves out what was not measured, and says so', () => {
    expect(sectionIds(foreign)).toEqual(['trouble', 'summary', 'ttft', 'method']);
    expect(foreign).toContain('Not measured');
    expect(foreign).toContain('<li>Servers under load</li>');
    expect(sectionIds(renderHtml(bareResult()))).toEqual(['method']);
  });

  test('begins with a banner if the run is void', () => {
    const page = renderHtml(voidRunResult());
    expect(page).toMatch(/<body>\s*<div class="alarm" role="alert"><p><b>This run is void/);
    expect(page).toContain('event loop delay p99 41');
    expect(page).toContain('<h1>This run is void: nothing may be concluded from it.</h1>');
    expect(full).not.toContain('class="alarm"');
  });

  test('names a void cell before all else, and shows it without a number', () => {
    const page = renderHtml(voidCellResult());
    expect(sectionIds(page)[0]).toBe('trouble');
    expect(page).toContain('1 part of this run is void');
    expect(page).toContain('11 of 120 requests found no idle connection');
    expect(page).toMatch(/aria-label="SSE, HTTP\/2: void \(/);
    expect(page).toMatch(/<b class="bad"><span aria-hidden="true">✗<\/span> void<\/b>/);
  });

  test('shows the rule that an answer broke', () => {
    const page = renderHtml(voidCellResult());
    for (const text of ['token.order', 'token 17 after token 16', 'request r3-7', 'tokens reordered'])
      expect(page).toContain(text);
  });

  test('says beside the timeline what the times of the tokens show', () => {
    const [table = ''] = /What the times of the tokens show[^]*?<\/table>/.exec(full) ?? [];
    expect(table).toMatch(/Polling with a cursor, warm, 100\sms.*tokens came in groups of 50 \(median\)/);
  });

  test('sets "no practical difference" like a difference', () => {
    expect(full).toContain('<div class="value"><b>No practical difference</b>');
    expect(full).toContain('<div class="value"><b>Slower</b>');
  });
});

/** Four networks, and 1200 samples in each cell. */
function larger(result: Result): Result {
  const cells = result.cells.map((cell) => ({
    ...cell,
    samples: {
      round: repeated(cell.samples.round),
      columns: Object.fromEntries(
        Object.entries(cell.samples.columns).map(([metric, values]) => [metric, repeated(values)]),
      ),
    },
  }));
  const tls = cells.map((cell) => ({ ...cell, id: `${cell.id}/tls`, tls: true }));
  return { ...result, cells: [...cells, ...tls] };
}

function repeated<T>(values: readonly T[]): T[] {
  return Array.from({ length: 10 }, () => values).flat();
}
