/** Transport × condition: the table that people ask for. */
import type { Cell, Result } from '../result/schema.ts';
import { conditions, counts, temperatures } from './conditions.ts';
import { middle, range } from './format.ts';

export interface Summary {
  columns: { title: string; key: string }[];
  rows: { transport: string; cells: (Cell | undefined)[] }[];
}

/** Medians of the time to the first token; a cell that was not measured is missing. */
export function summary(result: Result): Summary {
  const groups = conditions(result);
  const columns = groups.flatMap((condition) =>
    temperatures
      .filter((temperature) => condition.cells.some((cell) => cell.temperature === temperature))
      .map((temperature) => ({ condition, temperature })),
  );
  const transports = new Set(groups.flatMap(({ cells }) => cells.map(({ transport }) => transport)));
  return {
    columns: columns.map(({ condition, temperature }) => ({
      title: `${condition.name}, ${temperature}`,
      key: `${condition.slug}-${temperature}`,
    })),
    rows: [...transports].map((transport) => ({
      transport,
      cells: columns.map(({ condition: { cells }, temperature }) =>
        cells.find((cell) => cell.transport === transport && cell.temperature === temperature),
      ),
    })),
  };
}

/** What a cell of the summary says: median and interval, or why it has none. */
export function summaryText(cell: Cell | undefined): { text: string; note: string; valid: boolean } {
  if (cell === undefined) return { text: '–', note: '', valid: true };
  if (cell.void.length > 0) return { text: 'void', note: '', valid: false };
  const ttft = cell.metrics.ttft;
  if (!counts(cell) || ttft === undefined) return { text: 'no token', note: '', valid: false };
  return { text: middle({ ...ttft, value: ttft.median }), note: range(ttft), valid: true };
}
