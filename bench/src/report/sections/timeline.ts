/** One answer per transport on one time axis: what a user sees, and when. */
import type { Cell, Result, Timeline } from '../../result/schema.ts';
import { bar, chunkTicks, thread } from '../charts/marks.ts';
import type { ChartGroup, ChartRow, RowChart } from '../charts/row-chart.ts';
import { linearScale, type Scale } from '../charts/scale.ts';
import { type Condition, conditions, temperatures } from '../conditions.ts';
import { plural, roughTime, timeTick } from '../format.ts';
import { type Block, columns, type Section, sectionOf, tableOf } from '../model.ts';
import { transportColour, transportName } from '../names.ts';
import { cellName } from './metrics.ts';

const phaseWords = {
  dns: 'DNS',
  connect: 'connect',
  tls: 'TLS',
  upgrade: 'upgrade',
  send: 'send',
  wait: 'wait',
};

type Shown = Cell & { timeline: Timeline };

/** The slowest network is shown, the others unfold. */
export function timelineSection(result: Result): Section[] {
  const [first = [], ...others] = conditions(result)
    .map(charts)
    .filter((own) => own.length > 0);
  const more: Block = {
    kind: 'more',
    summary: 'The same on the other networks',
    blocks: others.flat(),
  };
  return sectionOf({
    id: 'timeline',
    title: 'What people see, and when',
    lead: 'One answer per transport, the one whose first token came closest to the median. Grey: nothing to see yet. Each stroke is a chunk at the moment it became visible; the thicker, the more tokens came at once.',
    blocks: [...first, ...(others.length > 0 ? [more] : []), ...noteTable(result.cells)],
  });
}

/** What a timeline of one answer cannot show: it holds for the whole cell. */
function noteTable(cells: readonly Cell[]): Block[] {
  return tableOf({
    caption: 'What the times of the tokens show beside their medians.',
    prose: true,
    columns: columns(['Cell', 'Remarks'], []),
    rows: cells
      .filter(({ notes }) => notes.length > 0)
      .map((cell) => [cellName(cell), cell.notes.join('; ')]),
  });
}

function charts(condition: Condition): Block[] {
  const shown = condition.cells.filter((cell): cell is Shown => cell.timeline !== null);
  if (shown.length === 0) return [];
  const end = Math.max(...shown.map(({ timeline }) => timeline.end_ms));
  const whole = chart(condition, shown, linearScale(0, end, timeTick(end)), '');
  const fastest = Math.min(...shown.map(({ timeline }) => firstChunk(timeline)));
  const early = shown.filter(({ timeline }) => firstChunk(timeline) <= 2.2 * fastest);
  const until = 1.25 * Math.max(...early.map(({ timeline }) => firstChunk(timeline)));
  const zoomed = until < end / 2 && early.some(({ timeline }) => timeline.phases.length > 2);
  if (!zoomed) return [{ kind: 'chart', chart: whole }];
  const zoom = chart(condition, early, linearScale(0, until, timeTick(until)), 'start');
  return [
    { kind: 'chart', chart: whole },
    { kind: 'chart', chart: zoom },
  ];
}

function chart(condition: Condition, cells: readonly Shown[], scale: Scale, part: '' | 'start'): RowChart {
  const names = new Set(cells.flatMap(({ timeline }) => timeline.phases.map(({ name }) => name)));
  const groups = temperatures.toReversed().map((temperature): ChartGroup => {
    const own = cells.filter((cell) => cell.temperature === temperature);
    const heading = temperature === 'cold' ? 'Cold: a new connection' : 'Warm: the connection was open';
    return { heading, rows: own.map((cell) => row(cell, scale, part === 'start')) };
  });
  return {
    name: `timeline-${condition.slug}${part === '' ? '' : `-${part}`}`,
    title: part === '' ? `One answer, ${condition.where}` : `The beginning, ${condition.where}`,
    caption:
      part === ''
        ? 'From the start of the request to the end of the answer.'
        : 'The same enlarged, without those that come later. Times below the bars in ms.',
    scale,
    groups: groups.filter(({ rows }) => rows.length > 0),
    legend: Object.entries(phaseWords)
      .filter(([name]) => names.has(name as keyof typeof phaseWords))
      .map(([name, label]) => ({ kind: `p-${name}`, label })),
  };
}

function row(cell: Shown, scale: Scale, named: boolean): ChartRow {
  const { phases, chunks, end_ms } = cell.timeline;
  const first = firstChunk(cell.timeline);
  const inside = phases.filter(({ from_ms }) => from_ms < scale.max);
  const bars = inside.map(({ name, from_ms, to_ms }) => bar(from_ms, to_ms, scale, `p-${name}`));
  // Phases end where the response begins; what is missing up to the first token is waiting too.
  const known = Math.max(0, ...phases.map(({ to_ms }) => to_ms));
  if (known < first && known < scale.max) bars.push(bar(known, first, scale, 'p-wait'));
  const going = first < scale.max ? thread(first, Math.min(end_ms, scale.max), scale) : '';
  const spans = inside
    .filter(({ from_ms, to_ms }) => to_ms - from_ms > scale.max / 20)
    .map(({ name, from_ms, to_ms }) => ({
      from: scale.at(from_ms),
      to: scale.at(to_ms),
      text: `${phaseWords[name]} ${Math.round(to_ms - from_ms)}`,
    }));
  return {
    label: transportName(cell.transport),
    value: `first token ${roughTime(first)}`,
    detail: `${plural(chunks.length, 'chunk')}, done after ${roughTime(end_ms)}`,
    colour: transportColour(cell.transport),
    marks: bars.join('') + going + chunkTicks(chunks, scale),
    ...(named ? { spans } : {}),
    ...(cell.void.length > 0 ? { faded: true, note: `void: ${cell.void[0]}` } : {}),
  };
}

function firstChunk({ chunks, end_ms }: Timeline): number {
  return chunks.find(({ tokens }) => tokens > 0)?.at_ms ?? end_ms;
}
