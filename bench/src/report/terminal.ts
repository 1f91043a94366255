/** The short report on the terminal. */
import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';
import type { Result } from '../result/schema.ts';
import { plural } from './format.ts';
import { headline } from './headline.ts';
import { transportName } from './names.ts';
import { cellName } from './sections/metrics.ts';
import { summary, summaryText } from './summary.ts';

export interface TerminalOptions {
  color: boolean;
  /** Where the reports are. */
  files?: readonly string[];
}

type Colors = ReturnType<typeof createColors>;

/** Headline, medians, what is void or broken, and where to read on. */
export function renderTerminal(result: Result, { color, files = [] }: TerminalOptions): string {
  const c = createColors(color);
  const { finding, more } = headline(result);
  const isVoid = result.void.length > 0;
  const lines = [
    c.bold(isVoid ? c.red(printable(finding)) : printable(finding)),
    ...result.void.map((reason) => c.red(`  ${printable(reason)}`)),
    ...more.map((sentence) => `  ${printable(sentence)}`),
    '',
    ...table(result, c),
    ...trouble(result, c),
    ...(result.interrupted ? [c.yellow('! interrupted before everything was measured')] : []),
    ...files.map((file) => c.dim(`wrote ${file}`)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function table(result: Result, c: Colors): string[] {
  const { columns, rows } = summary(result);
  if (rows.length === 0) return [];
  const head = ['TTFT in ms (95 %)', ...columns.map(({ title }) => title)];
  const body = rows.map(({ transport, cells }) => [
    printable(transportName(transport)),
    ...cells.map((cell) => {
      const { text, note } = summaryText(cell);
      return note === '' ? text : `${text} (${note})`;
    }),
  ]);
  const widths = head.map((title, index) =>
    Math.max(title.length, ...body.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) => (index === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[index] ?? 0)))
      .join('  ');
  return [
    c.dim(line(head)),
    ...body.map((row) => line(row).replaceAll(/\b(void|no token)\b/g, (word) => c.red(word))),
    '',
  ];
}

function trouble({ cells }: Result, c: Colors): string[] {
  return cells.flatMap((cell) => {
    const name = printable(cellName(cell));
    const first = cell.violations[0];
    const error = cell.errors[0];
    return [
      ...cell.void.map((reason) => c.red(`✗ void: ${name}: ${printable(reason)}`)),
      ...(first === undefined
        ? []
        : [
            c.red(`✗ ${plural(cell.violations.length, 'violation')}: ${name}: ${first.requirement}`),
            `    expected  ${printable(first.expected)}`,
            `    actual    ${printable(first.actual)}`,
          ]),
      ...(error === undefined
        ? []
        : [c.yellow(`! ${plural(cell.failed, 'request')} failed: ${name}: ${printable(error.message)}`)]),
    ];
  });
}

/** A server's text must not steer the terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what must not get through
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
