/** A comparison for people. */
import pc from 'picocolors';
import type { ComparedMetric, ComparisonReport } from './compare-results.ts';

const ORDER = ['regression', 'improvement', 'no change'] as const;

/** Regressions first. Colours carry nothing that the words do not say. */
export function renderComparison(report: ComparisonReport, { color }: { color: boolean }): string {
  const colors = pc.createColors(color);
  if (report.refused.length > 0) {
    return [colors.red('these two runs are not comparable:'), ...bulleted(report.refused), ''].join('\n');
  }
  const paint = { regression: colors.red, improvement: colors.green, 'no change': colors.dim };
  const rows = report.compared.toSorted((a, b) => ORDER.indexOf(a.change) - ORDER.indexOf(b.change));
  const table = aligned(rows.map(columns)).map((line, index) => {
    return paint[rows[index]?.change ?? 'no change'](line);
  });
  return [
    ...section('void now, counted before:', report.broken).map((line) => colors.red(line)),
    ...section('warnings:', report.warnings).map((line) => colors.yellow(line)),
    ...section(
      'not compared:',
      report.skipped.map(({ cell, reason }) => `${cell}: ${reason}`),
    ),
    ...table,
    ...(table.length > 0 ? ['', howToRead(report)] : []),
    summary(report),
    '',
  ].join('\n');
}

function columns({
  cell,
  metric,
  before_ms,
  after_ms,
  ratio,
  difference_ms,
  verdict,
  change,
}: ComparedMetric): string[] {
  return [
    change === 'no change' && verdict === 'undecided' ? 'no change shown' : change,
    cell,
    metric,
    `${ms(before_ms)} → ${ms(after_ms)} ms`,
    percent(ratio.value),
    `${signed(difference_ms.value)} ms`,
    `[${signed(difference_ms.low)} … ${signed(difference_ms.high)}]`,
  ];
}

function howToRead({ confidence_each, compared, margins }: ComparisonReport): string {
  const each = `${Number((confidence_each * 100).toFixed(3))} %`;
  return [
    `Medians, with intervals of ${each} each: 95 % for all ${compared.length} together.`,
    `A change counts beyond ${Number((margins.relative * 100).toFixed(3))} % and ${margins.absoluteMs} ms.`,
  ].join(' ');
}

function summary({ compared, skipped, broken }: ComparisonReport): string {
  const lost = broken.length > 0 ? `, ${plural(broken.length, 'cell')} void now` : '';
  const left = `${lost}${skipped.length > 0 ? `, ${skipped.length} not compared` : ''}`;
  if (compared.length === 0) return `nothing could be compared${left}`;
  const count = (change: string): number => compared.filter((row) => row.change === change).length;
  return `${plural(count('regression'), 'regression')}, ${plural(count('improvement'), 'improvement')}, ${count('no change')} without change${left}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...bulleted(lines), ''];
}

function bulleted(lines: readonly string[]): string[] {
  return lines.map((line) => `  - ${line}`);
}

function aligned(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Three digits that mean something. */
function ms(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

function percent(ratio: number): string {
  const value = (ratio - 1) * 100;
  if (value > 999) return '> +999 %';
  return `${signed(value)} %`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
