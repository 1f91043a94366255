/** What a comparison of WebSocket with SSE says, as a sentence. */
import type { Cell, Comparison, Result } from '../result/schema.ts';
import { capital, type Condition, counts } from './conditions.ts';
import { range, roughTime } from './format.ts';
import { transportInWords } from './names.ts';

/** WebSocket against SSE: the question that the tutorial's table answers. */
export function comparisonSentence(
  result: Result,
  { network, tls, where, cells }: Condition,
  temperature: Cell['temperature'],
): string | undefined {
  const valid = new Set(
    cells
      .filter((cell) => counts(cell) && cell.temperature === temperature)
      .map(({ transport }) => transport),
  );
  const found = result.comparisons
    .filter(
      (entry) =>
        entry.metric === 'ttft' &&
        entry.network === network &&
        entry.tls === tls &&
        entry.temperature === temperature &&
        valid.has(entry.a) &&
        valid.has(entry.b),
    )
    .map(fromWebSocket)
    .filter(({ a, b }) => a === 'websocket' && b.startsWith('sse'))
    .toSorted((x, y) => x.b.localeCompare(y.b))[0];
  return found && `${capital(temperature)}, ${where}, ${verdictSentence(found)}`;
}

/** The same comparison with WebSocket first. */
function fromWebSocket(entry: Comparison): Comparison {
  if (entry.b !== 'websocket') return entry;
  const swapped = { faster: 'slower', slower: 'faster' } as const;
  const { a, b, ratio, difference_ms: difference, verdict } = entry;
  return {
    ...entry,
    a: b,
    b: a,
    ratio: { value: 1 / ratio.value, low: 1 / ratio.high, high: 1 / ratio.low },
    difference_ms: { value: -difference.value, low: -difference.high, high: -difference.low },
    verdict: verdict === 'faster' || verdict === 'slower' ? swapped[verdict] : verdict,
  };
}

/** What a comparison says, without its condition. */
function verdictSentence({ a, b, verdict, difference_ms: difference }: Comparison): string {
  const [first, second] = [transportInWords(a), transportInWords(b)];
  const apart = roughTime(Math.abs(difference.value));
  switch (verdict) {
    case 'no practical difference':
      return `${first} and ${second} differ by ${apart}: no practical difference.`;
    case 'undecided':
      return `${first} and ${second} differ by ${apart}, but the interval (${range(difference, true)} ms) leaves open which is faster.`;
    case 'faster':
      return `${first} shows its first token ${apart} sooner than ${second}.`;
    default:
      return `${first} shows its first token ${apart} later than ${second}.`;
  }
}
