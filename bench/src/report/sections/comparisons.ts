/** Pairs of transports: ratio, interval, and what follows in words. */
import type { Comparison, Result } from '../../result/schema.ts';
import { intervalAlone } from '../charts/marks.ts';
import type { ChartRow, RowChart } from '../charts/row-chart.ts';
import { ratioScale, type Scale } from '../charts/scale.ts';
import { practicalMargins } from '../../stats/verdict.ts';
import { capital, type Condition, conditions, isLead } from '../conditions.ts';
import { range, signedNumber, times } from '../format.ts';
import { type Block, columns, type Section, sectionOf, tableOf } from '../model.ts';
import { networkName, onNetwork, transportColour, transportName } from '../names.ts';

const metricWords: Partial<Record<Comparison['metric'], string>> = {
  ttft: 'Time to the first token',
  tpot: 'Time per token',
  e2e: 'Time to the end of the answer',
  added: 'Delay that the path adds to a token',
};

/** A forest plot per metric. */
export function comparisonSection(result: Result): Section[] {
  const metrics = Map.groupBy(result.comparisons, ({ metric }) => metric);
  const order = conditions(result);
  const margins = `${practicalMargins.relative * 100} % or ${practicalMargins.absoluteMs} ms`;
  return sectionOf({
    id: 'comparisons',
    title: 'Which is faster, and is it certain',
    lead: `Ratio of the medians (dot) with its 95 % interval (line): left of 1 is faster. “No practical difference” is a finding: the whole interval lies within ${margins}. “Undecided” means that the samples do not carry an answer.`,
    blocks: [...metrics].flatMap(([metric, own]): Block[] => [
      ...forests(
        metric,
        own.filter((entry) => isLead(entry, order)),
        order,
      ),
      ...folded(
        forests(
          `${metric}-more`,
          own.filter((entry) => !isLead(entry, order)),
          order,
        ),
      ),
      { kind: 'more', summary: 'The same as a table', blocks: differenceTable(own) },
    ]),
  });
}

function folded(blocks: Block[]): Block[] {
  return blocks.length > 0 ? [{ kind: 'more', summary: 'On the other networks', blocks }] : [];
}

/** Those within a factor of two have an axis of their own: on one with polling nobody would see them apart. */
function forests(slug: string, comparisons: readonly Comparison[], order: readonly Condition[]): Block[] {
  const place = ({ network, tls }: Comparison): number =>
    order.findIndex((condition) => condition.network === network && condition.tls === tls);
  const sorted = comparisons.toSorted(
    (x, y) => place(x) - place(y) || y.temperature.localeCompare(x.temperature),
  );
  const [close, far] = [sorted.filter(isClose), sorted.filter((entry) => !isClose(entry))];
  const metric = comparisons[0]?.metric ?? 'ttft';
  const name = metricWords[metric] ?? metric;
  const charts = [
    forest({ name: `comparisons-${slug}`, title: `${name}, within a factor of two` }, close),
    forest({ name: `comparisons-${slug}-far`, title: `${name}, further apart` }, far),
  ];
  return charts.filter(({ groups }) => groups.length > 0).map((chart): Block => ({ kind: 'chart', chart }));
}

function isClose({ ratio }: Comparison): boolean {
  return ratio.low > 0.5 && ratio.high < 2;
}

function forest(named: Pick<RowChart, 'name' | 'title'>, comparisons: readonly Comparison[]): RowChart {
  const scale = ratioScale(comparisons.flatMap(({ ratio }) => [ratio.low, ratio.high]));
  const groups = Map.groupBy(
    comparisons,
    ({ temperature, network, tls, b }) =>
      `${capital(temperature)}, ${onNetwork(network, tls)}, against ${transportName(b)}`,
  );
  const margin = 1 + practicalMargins.relative;
  return {
    ...named,
    caption: `Ratio of medians, logarithmic axis. Shaded: within ${practicalMargins.relative * 100} %.`,
    scale,
    reference: 1,
    zone: [1 / margin, margin],
    groups: [...groups].map(([heading, own]) => ({ heading, rows: own.map((entry) => row(entry, scale)) })),
  };
}

function row({ a, ratio, difference_ms: difference, verdict }: Comparison, scale: Scale): ChartRow {
  return {
    label: transportName(a),
    value: capital(verdict),
    detail: `${times(ratio)}, ${milliseconds(difference.value)}`,
    colour: transportColour(a),
    marks: intervalAlone(ratio, scale),
  };
}

function milliseconds(difference: number): string {
  return `${signedNumber(difference, Math.abs(difference) < 10 ? 1 : 0)} ms`;
}

function differenceTable(comparisons: readonly Comparison[]): Block[] {
  return tableOf({
    columns: columns(
      ['Transport', 'Against', 'Condition', 'Verdict'],
      ['Ratio', 'Difference', '95 % interval, ms'],
    ),
    rows: comparisons.map(
      ({ a, b, network, tls, temperature, ratio, difference_ms: difference, verdict }) => [
        transportName(a),
        transportName(b),
        `${temperature}, ${networkName(network, tls)}`,
        verdict,
        times(ratio),
        milliseconds(difference.value),
        range(difference, true),
      ],
    ),
  });
}
