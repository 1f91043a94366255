/** What went wrong, before anything is concluded: void cells, violations, errors, tokens that did not arrive as sent. */
import type { Cell, Result } from '../../result/schema.ts';
import { plural } from '../format.ts';
import { type Block, type Section, sectionOf, tableOf, columns } from '../model.ts';
import { serverName } from '../names.ts';
import { cellName } from './metrics.ts';

/** Loud, and left out when all went well. */
export function troubleSection(result: Result): Section[] {
  return sectionOf({
    id: 'trouble',
    title: 'What went wrong',
    blocks: [...voidAlarm(result), ...violationTable(result.cells), ...errorTable(result.cells)],
  });
}

function voidAlarm({ cells, loads }: Result): Block[] {
  const items = [
    ...cells
      .filter((cell) => cell.void.length > 0)
      .map((cell) => `${cellName(cell)}: ${cell.void.join('; ')}`),
    ...loads
      .filter((load) => load.void.length > 0)
      .map(
        (load) => `${serverName(load.server)}, ${plural(load.streams, 'stream')}: ${load.void.join('; ')}`,
      ),
  ];
  if (items.length === 0) return [];
  const title = `${plural(items.length, 'part')} of this run ${items.length === 1 ? 'is' : 'are'} void: nothing may be concluded from ${items.length === 1 ? 'it' : 'them'}`;
  return [{ kind: 'alarm', title, items }];
}

function violationTable(cells: readonly Cell[]): Block[] {
  return tableOf({
    caption: 'Rules that an answer broke. A fast wrong answer is not fast.',
    prose: true,
    columns: columns(['Cell', 'Rule', 'Expected', 'Came'], []),
    rows: cells.flatMap((cell) =>
      cell.violations
        .slice(0, 20)
        .map(({ requirement, expected, actual, key }) => [
          { text: cellName(cell), note: `request ${key}` },
          { text: requirement, tone: 'bad' as const },
          expected,
          actual,
        ]),
    ),
  });
}

function errorTable(cells: readonly Cell[]): Block[] {
  return tableOf({
    caption: 'Requests that failed, and tokens that did not arrive as the model wrote them.',
    prose: true,
    columns: columns(['Cell', 'What happened'], ['How often']),
    rows: cells.flatMap((cell) => {
      const { lost, doubled, reordered } = cell.tokens;
      const harms = Object.entries({ lost, doubled, reordered }).filter(([, count]) => count > 0);
      return [
        ...cell.errors.map(({ message, count }) => [cellName(cell), message, plural(count, 'request')]),
        ...harms.map(([harm, count]) => [cellName(cell), `tokens ${harm}`, plural(count, 'token')]),
      ];
    }),
  });
}
