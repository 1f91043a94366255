/** Every metric of every cell, as tables. */
import { type Cell, requestMetrics } from '../../result/schema.ts';
import { digits, whole } from '../format.ts';
import { type Block, columns, tableOf } from '../model.ts';
import { networkName, transportName } from '../names.ts';

/** Medians, quantiles of the time to the first token, and bytes on the wire. */
export function metricTables(cells: readonly Cell[]): Block[] {
  return [...metricTable(cells), ...wireTable(cells)];
}

function metricTable(cells: readonly Cell[]): Block[] {
  const metrics = requestMetrics.filter((metric) => cells.some((cell) => cell.metrics[metric]));
  return tableOf({
    caption:
      'Medians in ms; of ttft also its quantiles. A quantile is left out where the samples cannot carry it: p90 below 50, p95 below 200, p99 below 1000.',
    columns: columns(['Cell'], ['n', 'ttft', 'p90', 'p95', 'p99', 'max', ...metrics.slice(1), 'goodput /s']),
    rows: cells.map((cell) => {
      const ttft = cell.metrics.ttft;
      const quantiles = [ttft?.median, ttft?.p90, ttft?.p95, ttft?.p99, ttft?.max];
      const medians = metrics.slice(1).map((metric) => cell.metrics[metric]?.median);
      return [
        cellName(cell),
        whole(cell.measured),
        ...[...quantiles, ...medians].map((value) => (value == null ? '–' : digits(value))),
        digits(cell.goodput),
      ];
    }),
  });
}

function wireTable(cells: readonly Cell[]): Block[] {
  return tableOf({
    caption: 'Bytes on the wire per token, as the client saw them.',
    columns: columns(['Cell'], ['up', 'down']),
    rows: cells.flatMap((cell) =>
      cell.wire === null
        ? []
        : [[cellName(cell), digits(cell.wire.up_bytes_per_token), digits(cell.wire.down_bytes_per_token)]],
    ),
  });
}

/** `WebSocket, warm, 100 ms` */
export function cellName({ transport, temperature, network, tls }: Cell): string {
  return `${transportName(transport)}, ${temperature}, ${networkName(network, tls)}`;
}
