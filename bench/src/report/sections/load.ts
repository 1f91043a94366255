/** What a token costs a server, beside the floor and its peers. */
import type { Estimate, Load, Result } from '../../result/schema.ts';
import { intervalAlone } from '../charts/marks.ts';
import type { ChartGroup, RowChart } from '../charts/row-chart.ts';
import { ratioScale } from '../charts/scale.ts';
import { digits, plural, times, whole, withInterval } from '../format.ts';
import { type Block, columns, type Section, sectionOf, tableOf } from '../model.ts';
import { serverColour, serverName } from '../names.ts';
import { capacityBlocks } from './capacity.ts';

/** Ratios, sustained rate, memory, profile. */
export function loadSection(result: Result): Section[] {
  return sectionOf({
    id: 'load',
    title: 'What a token costs the server',
    lead: 'The floor forwards the model’s bytes unparsed; no server that understands tokens can be cheaper. Each server ran in turn with the floor, and the ratio is taken within such a pair: a busy machine weighs on both.',
    blocks: [
      ...ratioChart(result.loads, 'cpu_times_floor', 'CPU time per token, against the floor'),
      ...ratioChart(result.loads, 'added_times_floor', 'Added delay per token, against the floor'),
      ...loadTable(result.loads),
      ...capacityBlocks(result),
    ],
  });
}

function ratioChart(
  loads: readonly Load[],
  key: 'cpu_times_floor' | 'added_times_floor',
  title: string,
): Block[] {
  const shown = loads.flatMap((load) => {
    const ratio = load[key];
    return ratio === null || load.server === 'floor' ? [] : [{ ...load, ratio }];
  });
  if (shown.length === 0) return [];
  const scale = ratioScale(shown.flatMap(({ ratio }) => [ratio.low, ratio.high]));
  const groups = Map.groupBy(shown, ({ streams, tokens_per_second }) => loadName(streams, tokens_per_second));
  const chart: RowChart = {
    name: key === 'cpu_times_floor' ? 'load-cpu' : 'load-added',
    title,
    caption: 'Ratio with its 95 % interval, logarithmic axis; 1 is the floor.',
    scale,
    reference: 1,
    groups: [...groups].map(
      ([heading, own]): ChartGroup => ({
        heading,
        rows: own.map(({ server, ratio, pairs, void: reasons }) => ({
          label: serverName(server),
          value: reasons.length > 0 ? 'void' : times(ratio),
          detail: plural(pairs, 'pair'),
          colour: serverColour(server),
          marks: intervalAlone(ratio, scale),
          ...(reasons.length > 0 ? { faded: true, note: reasons[0] ?? '' } : {}),
        })),
      }),
    ),
  };
  return [{ kind: 'chart', chart }];
}

function loadTable(loads: readonly Load[]): Block[] {
  return tableOf({
    caption: 'The numbers behind the ratios. They belong to this machine; the ratios travel better.',
    columns: columns(
      ['Server'],
      [
        'Streams',
        'Tokens/s',
        'Pairs',
        'CPU µs/token',
        'Added p50 ms',
        'p95',
        'p99',
        'KB/stream',
        'Tokens delivered',
      ],
    ),
    rows: loads.map((load) => [
      load.void.length > 0
        ? { text: serverName(load.server), tone: 'bad', note: `void: ${load.void.join('; ')}` }
        : serverName(load.server),
      whole(load.streams),
      whole(load.tokens_per_second),
      whole(load.pairs),
      estimateOr(load.cpu_us_per_token),
      digits(load.added.median),
      load.added.p95 === null ? '–' : digits(load.added.p95),
      load.added.p99 === null ? '–' : digits(load.added.p99),
      load.memory_kb_per_stream === null ? '–' : whole(load.memory_kb_per_stream),
      whole(load.delivered),
    ]),
  });
}

function estimateOr(estimate: Estimate | null): string {
  return estimate === null ? '–' : withInterval(estimate);
}

function loadName(streams: number, tokensPerSecond: number): string {
  return `${plural(streams, 'stream')}, ${whole(tokensPerSecond)} tokens/s`;
}
