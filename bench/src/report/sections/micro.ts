/** Single steps, and whole responses as fast as they go. */
import type { Result } from '../../result/schema.ts';
import { digits, fixed, time, whole } from '../format.ts';
import { type Block, columns, type Section, sectionOf, tableOf } from '../model.ts';

/** tinybench and autocannon. */
export function microSection(result: Result): Section[] {
  return sectionOf({
    id: 'micro',
    title: 'Single steps, and whole responses',
    blocks: [...microTable(result), ...throughputTable(result)],
  });
}

function microTable({ micro }: Result): Block[] {
  return tableOf({
    caption: 'What single steps cost (tinybench), beside the floor that they cannot beat.',
    columns: columns(['Step', 'Floor'], ['Times floor', 'Median µs', 'p99 µs', 'Samples']),
    rows: micro.map(({ task, median_us, p99_us, samples, floor, times_floor }) => [
      task,
      floor ?? '–',
      times_floor === null ? '–' : `${fixed(times_floor, 2)}×`,
      digits(median_us),
      digits(p99_us),
      whole(samples),
    ]),
  });
}

function throughputTable({ throughput }: Result): Block[] {
  return tableOf({
    caption:
      'Whole responses, closed loop (autocannon): it sees the end of a response and not its first token.',
    columns: columns(['Endpoint'], ['Connections', 'Seconds', 'Requests/s', 'p50', 'p99', 'Errors']),
    rows: throughput.map((entry) => [
      entry.endpoint,
      whole(entry.connections),
      digits(entry.seconds),
      digits(entry.requests_per_second),
      time(entry.latency_p50_ms),
      time(entry.latency_p99_ms),
      entry.errors === 0 ? '0' : { text: whole(entry.errors), tone: 'bad' },
    ]),
  });
}
