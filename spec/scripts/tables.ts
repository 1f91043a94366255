/** The two tables of PROTOCOL.md that are written from src/codes.ts. */
import { type CloseCode, closeCodes, type ErrorCode, errorCodes, reconnectPolicy } from '../src/codes.ts';

/** Fills what stands between "generated: name" and "/generated". */
export function fillTables(protocol: string): string {
  return fill(fill(protocol, 'errors', errorTable()), 'closes', closeTable());
}

function fill(text: string, name: string, table: string): string {
  const open = `<!-- generated: ${name} -->`;
  const close = '<!-- /generated -->';
  const from = text.indexOf(open);
  const to = text.indexOf(close, from);
  if (from < 0 || to < 0) throw new Error(`PROTOCOL.md: expected "${open}" and after it "${close}"`);
  return `${text.slice(0, from + open.length)}\n\n${table}\n\n${text.slice(to)}`;
}

const WHERE = { request: '`error`', stream: '`end.error`', both: 'both' } as const;

function errorTable(): string {
  const rows = Object.entries<ErrorCode>(errorCodes).map(([code, { where, retryable, meaning }]) => [
    `\`${code}\``,
    WHERE[where],
    retryable ? 'yes' : 'no',
    meaning,
  ]);
  return table(['code', 'in', 'retryable', 'meaning'], rows);
}

const POLICY = {
  never: 'does not reconnect',
  always: 'reconnects and resumes',
  if_unfinished: 'reconnects only with unfinished streams',
} as const;

/** The codes of WebSocket itself, with one of each row to ask for its policy. */
const STANDARD = [
  { codes: '1000, 1005', example: 1000, meaning: 'normal, or without a code' },
  { codes: '1001, 1006, 1011–1013, other', example: 1006, meaning: 'going away, lost, server trouble' },
  { codes: '1002, 1003, 1007–1010', example: 1002, meaning: 'one side broke WebSocket' },
] as const;

function closeTable(): string {
  const own = Object.entries<CloseCode>(closeCodes).map(([code, { name, meaning }]) => [
    `${code} \`${name}\``,
    meaning,
    POLICY[reconnectPolicy(Number(code))],
  ]);
  const standard = STANDARD.map(({ codes, example, meaning }) => [
    codes,
    meaning,
    POLICY[reconnectPolicy(example)],
  ]);
  return table(['code', 'meaning', 'client'], [...own, ...standard]);
}

/** A Markdown table as the formatter leaves it: columns padded to their widest cell. */
function table(header: string[], rows: string[][]): string {
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
