/** Every raw sample: one row per request, times in milliseconds, quoted as RFC 4180 says. */
import { type Cell, type Result, requestMetrics } from '../result/schema.ts';

const header = [
  'cell',
  'transport',
  'temperature',
  'tls',
  'network',
  'round',
  // Samples of a void cell are here too, but must not get into a mean unseen.
  'void',
  ...requestMetrics.map((metric) => `${metric}_ms`),
];

/** The samples as CSV with a header; a missing value is an empty field. */
export function renderCsv(result: Result): string {
  const isVoid = result.void.length > 0;
  const rows = result.cells.flatMap((cell) => cellRows(cell, isVoid || cell.void.length > 0));
  return [header, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function cellRows(cell: Cell, isVoid: boolean): Field[][] {
  const { id, transport, temperature, tls, network, samples } = cell;
  return samples.round.map((round, index) => [
    id,
    transport,
    temperature,
    tls,
    network,
    round,
    isVoid,
    ...requestMetrics.map((metric) => samples.columns[metric]?.[index] ?? null),
  ]);
}

type Field = string | number | boolean | null;

function field(value: Field): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
