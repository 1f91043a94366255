/** Distributions of the time to the first token, with every sample. */
import type { Cell, Distribution, Result } from '../../result/schema.ts';
import { dots, intervalBelow } from '../charts/marks.ts';
import type { ChartGroup, ChartRow, RowChart } from '../charts/row-chart.ts';
import { linearScale, logScale, type Scale } from '../charts/scale.ts';
import { capital, type Condition, conditions, isLead, temperatures } from '../conditions.ts';
import { middle, plural, range, timeTick, whole } from '../format.ts';
import { type Block, type Section, sectionOf } from '../model.ts';
import { transportColour, transportName } from '../names.ts';
import { metricTables } from './metrics.ts';

/** More than this many dots in a row hide each other; all of them are in the CSV. */
const MOST_DOTS = 500;
/** Nor should the page grow without end. */
const MOST_DOTS_IN_ALL = 20_000;

/** A cell with what its row shows. */
interface Sampled {
  cell: Cell;
  ttft: Distribution;
  /** Ascending. */
  samples: number[];
  /** How many of them are drawn. */
  most: number;
}

/** A chart per network, cold and warm apart, and every metric as a table. */
export function ttftSection(result: Result): Section[] {
  const most = Math.min(MOST_DOTS, Math.floor(MOST_DOTS_IN_ALL / Math.max(result.cells.length, 1)));
  const order = conditions(result);
  const chartsOf = (lead: boolean): Block[] =>
    order
      .filter((condition) => isLead(condition, order) === lead)
      .flatMap((condition) => conditionCharts(condition, most));
  const [charts, folded] = [chartsOf(true), chartsOf(false)];
  const others: Block[] =
    folded.length > 0 ? [{ kind: 'more', summary: 'The same on the other networks', blocks: folded }] : [];
  const table: Block = {
    kind: 'more',
    summary: 'Every metric of every cell',
    blocks: metricTables(result.cells),
  };
  return sectionOf({
    id: 'ttft',
    title: 'How the time to the first token is distributed',
    lead: 'Each dot is one request, from its start to its first non-empty token. Below the dots: the median (stroke) and its 95 % interval (band), which is often narrower than the stroke.',
    blocks: charts.length > 0 ? [...charts, ...others, table] : [],
  });
}

function conditionCharts(condition: Condition, most: number): Block[] {
  const sampled = condition.cells.flatMap((cell): Sampled[] => {
    const samples = (cell.samples.columns.ttft ?? []).filter((value) => value !== null);
    const ttft = cell.metrics.ttft;
    return ttft === undefined || samples.length === 0
      ? []
      : [{ cell, ttft, samples: samples.toSorted((a, b) => a - b), most }];
  });
  if (sampled.length === 0) return [];
  const [min, max] = extent(sampled.flatMap(({ samples }) => samples));
  const wide = min > 0 && max > 4 * min;
  const whole = {
    name: `ttft-${condition.slug}`,
    title: `Time to the first token, ${condition.where}`,
    caption: wide ? 'Logarithmic axis: equal lengths are equal ratios.' : '',
    scale: (wide ? logScale : linearScale)(min, max, timeTick(max)),
  };
  const enlarged = wide ? temperatures.flatMap((temperature) => near(condition, temperature, sampled)) : [];
  return [rowsOf(whole, sampled), ...enlarged].map((chart) => ({ kind: 'chart', chart }));
}

/** The fastest of one temperature on an axis of their own: there differences of a millisecond can be seen. */
function near(
  condition: Condition,
  temperature: Cell['temperature'],
  sampled: readonly Sampled[],
): RowChart[] {
  const own = sampled.filter(({ cell }) => cell.temperature === temperature);
  const fastest = Math.min(...own.map(({ ttft }) => ttft.median));
  const shown = own.filter(({ ttft }) => ttft.median < 2.2 * fastest);
  if (shown.length < 2) return [];
  const from = Math.min(...shown.map(({ samples }) => samples[0] ?? 0));
  const to = Math.max(...shown.map(({ samples }) => samples[Math.floor(samples.length * 0.95)] ?? 0));
  const frame = {
    name: `ttft-${condition.slug}-${temperature}`,
    title: `The fastest, ${temperature}, ${condition.where}`,
    caption: 'Enlarged: an even axis that does not begin at 0.',
    scale: linearScale(from, to, timeTick(to - from)),
  };
  return [rowsOf(frame, shown)];
}

type Frame = Pick<RowChart, 'name' | 'title' | 'caption' | 'scale'>;

function rowsOf(frame: Frame, sampled: readonly Sampled[]): RowChart {
  const shown = new Set(sampled.map(({ cell }) => cell.temperature));
  const groups = temperatures.map((temperature): ChartGroup => {
    const own = sampled.filter(({ cell }) => cell.temperature === temperature);
    const heading = shown.size > 1 ? { heading: capital(temperature) } : {};
    return { ...heading, rows: own.map((entry) => row(entry, frame.scale)) };
  });
  const beyond = sampled.flatMap(({ samples }) => samples.filter((value) => value > frame.scale.max));
  const footnote = `${plural(beyond.length, 'sample')} beyond the right edge, the last at ${whole(extent(beyond)[1])} ms.`;
  return {
    ...frame,
    groups: groups.filter(({ rows }) => rows.length > 0),
    ...(beyond.length > 0 ? { footnote } : {}),
  };
}

function row({ cell, ttft, samples, most }: Sampled, scale: Scale): ChartRow {
  const inside = samples.filter((value) => value <= scale.max);
  const drawn = thinned(inside, most);
  const missing = drawn.length < inside.length ? `, ${whole(drawn.length)} drawn` : '';
  const isVoid = cell.void.length > 0;
  return {
    label: transportName(cell.transport),
    value: isVoid ? 'void' : middle({ ...ttft, value: ttft.median }, 'ms'),
    detail: `${range(ttft)}, n ${whole(ttft.n)}${missing}`,
    colour: transportColour(cell.transport),
    marks: dots(drawn, scale) + intervalBelow({ ...ttft, value: ttft.median }, scale),
    ...(isVoid ? { faded: true, note: cell.void[0] ?? '' } : {}),
  };
}

/** Every nth of the sorted samples, with both ends. */
function thinned(sorted: readonly number[], most: number): readonly number[] {
  if (sorted.length <= most) return sorted;
  const step = (sorted.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => sorted[Math.round(index * step)] ?? 0);
}

function extent(values: readonly number[]): [number, number] {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return [min, max];
}
