/** What a result holds without raw samples: its percentiles cannot be joined, so none are made up. */
import type { Result } from '../result/schema.ts';

type Unsampled = Pick<
  Result,
  'interactions' | 'loads' | 'sustained' | 'memory' | 'profiles' | 'micro' | 'throughput'
>;

/** Of equal settings the first, of different settings all. */
export function keptUnsampled(results: readonly Result[]): Unsampled {
  const of = <K extends keyof Unsampled>(kind: K): Result[K][] => results.map((result) => result[kind]);
  return {
    interactions: firstOfEach(of('interactions'), (row) => [row.transport, row.network]),
    loads: firstOfEach(of('loads'), (row) => [row.server, row.streams, row.tokens_per_second]),
    sustained: firstOfEach(of('sustained'), (row) => [row.server, row.streams]),
    memory: firstOfEach(of('memory'), (row) => [row.server, row.connections]),
    profiles: firstOfEach(of('profiles'), (row) => [row.server, row.streams]),
    micro: firstOfEach(of('micro'), (row) => row.task),
    throughput: firstOfEach(of('throughput'), (row) => [row.endpoint, row.connections]),
  };
}

/** Rows of a list whose settings no earlier list has. */
export function firstOfEach<T>(lists: readonly (readonly T[])[], settings: (row: T) => unknown): T[] {
  const known = new Set<string>();
  return lists.flatMap((rows) => {
    const added = rows.filter((row) => !known.has(JSON.stringify(settings(row))));
    for (const row of added) known.add(JSON.stringify(settings(row)));
    return added;
  });
}

/** How many measurements were left out, such as `2 of 4 loads`. */
export function droppedUnsampled(results: readonly Result[], merged: Result): string[] {
  const kinds = ['interactions', 'loads', 'sustained', 'memory', 'profiles', 'micro', 'throughput'] as const;
  return kinds.flatMap((kind) => {
    const all = results.flatMap((result): readonly unknown[] => result[kind]).length;
    const left = all - merged[kind].length;
    return left > 0 ? [`${left} of ${all} ${kind}`] : [];
  });
}
