/** The report, for a terminal and for README.md. */
import type { Violation } from '@tokenwire/conformance';
import type { Judgement, Scenario } from './scenario.ts';

/** One scenario and what came of it. */
export interface Row {
  scenario: Pick<Scenario, 'id' | 'title' | 'rules' | 'mendedBy'>;
  judgement: Judgement | 'not judged';
  seen: string;
  /** What the oracle found in the adapted trace. */
  violations: readonly Violation[];
}

const marks: Record<Row['judgement'], string> = {
  right: '✓',
  broken: '✗',
  'cannot be said': '–',
  'not judged': '?',
};

/** The rules that the scenario is about, and those that the oracle named besides. */
export function rulesOf({ scenario, violations }: Row): string[] {
  return [...new Set([...scenario.rules, ...violations.map(({ requirement }) => requirement)])];
}

/** How many rows there are of each kind, in words. */
export function summary(rows: readonly Row[]): string {
  const counts = Map.groupBy(rows, ({ judgement }) => judgement);
  return [...counts].map(([judgement, own]) => `${own.length} ${judgement}`).join(', ');
}

export function terminal(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      const { title, mendedBy } = row.scenario;
      const lines = [`${marks[row.judgement]} ${title.replaceAll('`', '')}  [${row.judgement}]`];
      lines.push(`    seen   ${row.seen.replaceAll('`', '')}`, `    rules  ${rulesOf(row).join(', ')}`);
      const found = [...new Set(row.violations.map(({ requirement }) => requirement))];
      if (found.length > 0) lines.push(`    oracle ${found.join(', ')}`);
      if (mendedBy !== '–') lines.push(`    mended by step ${mendedBy}`);
      return lines.join('\n');
    })
    .join('\n');
}

export function markdown(rows: readonly Row[]): string {
  const cells = [
    ['', 'scenario', 'what was seen', 'rules', 'mended by step'],
    ['---', '---', '---', '---', '---'],
    ...rows.map((row) => [
      `${marks[row.judgement]} ${row.judgement}`,
      row.scenario.title,
      row.seen,
      rulesOf(row)
        .map((rule) => `\`${rule}\``)
        .join(' '),
      row.scenario.mendedBy,
    ]),
  ];
  return cells.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}
