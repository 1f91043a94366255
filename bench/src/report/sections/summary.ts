/** The tutorial's question in one table: how long until the first token? */
import type { Result } from '../../result/schema.ts';
import { columns, type Section, sectionOf, tableOf } from '../model.ts';
import { transportName } from '../names.ts';
import { summary, summaryText } from '../summary.ts';

/** Medians with intervals; transports are rows. */
export function summarySection(result: Result): Section[] {
  const { columns: conditions, rows } = summary(result);
  return sectionOf({
    id: 'summary',
    title: 'Time to the first token, in ms',
    lead: 'Median, and below it the interval that holds the true median with 95 % certainty. Warm: the connection was open. Cold: each request opens its own.',
    blocks: tableOf({
      columns: columns(
        ['Transport'],
        conditions.map(({ title }) => title),
      ),
      rows: rows.map(({ transport, cells }) => [
        transportName(transport),
        ...cells.map((cell) => {
          const { text, note, valid } = summaryText(cell);
          return valid ? { text, note } : { text, note, tone: 'bad' as const };
        }),
      ]),
    }),
  });
}
