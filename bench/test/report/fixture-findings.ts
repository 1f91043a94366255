/** What follows from the cells of a made-up result: comparisons, formulas, claims, interactions. */
import type { Cell, Claim, Comparison, Distribution, Formula, Result } from '../../src/result/schema.ts';
import { G, T, type Temperature, type Transport } from './fixture-cells.ts';
import { distributionOf, estimateOf, noise } from './fixture-numbers.ts';

export function compare(cells: readonly Cell[], a: Transport, b: Transport): Comparison[] {
  const pairs = cells.filter(({ transport }) => transport === a);
  return pairs.flatMap((cell): Comparison[] => {
    const { network, temperature, tls } = cell;
    const other = cells.find(
      (candidate) =>
        candidate.transport === b && candidate.network === network && candidate.temperature === temperature,
    );
    const [own, against] = [cell.metrics.ttft, other?.metrics.ttft];
    if (!own || !against) return [];
    const difference = own.median - against.median;
    const ratio = own.median / against.median;
    const half = Math.hypot(own.high - own.median, against.high - against.median);
    return [
      {
        metric: 'ttft',
        network,
        tls,
        temperature,
        a,
        b,
        ratio: estimateOf(ratio, half / against.median),
        difference_ms: { value: difference, low: difference - half, high: difference + half },
        verdict:
          Math.abs(difference) + half < 10 ? 'no practical difference' : difference < 0 ? 'faster' : 'slower',
      },
    ];
  });
}

export function formulaRows(cells: readonly Cell[]): Formula[] {
  const rows: [string, string, Transport, Temperature, number][] = [
    ['SSE warm', 'R + G', 'sse-h1', 'warm', 100 + G],
    ['SSE cold', '2R + G', 'sse-h1', 'cold', 200 + G],
    ['WebSocket warm', 'R + G', 'websocket', 'warm', 100 + G],
    ['WebSocket cold', '3R + G', 'websocket', 'cold', 300 + G],
    ['Blocking warm', 'R + T', 'blocking', 'warm', 100 + T],
    [
      'Polling, answer at the end',
      'R + ⌈T/(P+R)⌉(P+R)',
      'polling-end',
      'warm',
      100 + Math.ceil(T / 1100) * 1100,
    ],
    ['Polling with a cursor', 'R + ⌈G/(P+R)⌉(P+R)', 'polling-cursor', 'warm', 1200],
  ];
  return rows.map(([path, formula, transport, temperature, predicted]) => {
    const cell = cells.find(
      (own) => own.transport === transport && own.temperature === temperature && own.network === '100ms',
    );
    const measured = cell?.metrics.ttft?.median ?? 0;
    const difference = measured - predicted;
    return {
      path,
      formula,
      network: '100ms',
      link: 'userspace',
      predicted_ms: predicted,
      measured_ms: measured,
      difference_ms: difference,
      tolerance_ms: 10,
      holds: Math.abs(difference) <= 10,
    };
  });
}

export const claims: Claim[] = [
  {
    id: 'websocket-latency',
    claim: 'Time to the first token of WebSocket at 100 ms latency',
    tutorial_says: '~110 ms',
    measured: '303 ms warm, 504 ms cold, with a model that needs 200 ms',
    verdict: 'true only when',
    because:
      'the connection is open and the model answers at once: warm is R + G. A cold WebSocket pays two more round trips.',
  },
  {
    id: 'sse-slower',
    claim: 'SSE is 40 ms slower than WebSocket',
    tutorial_says: '~150 against ~110 ms',
    measured: 'they differ by less than 1 ms, warm',
    verdict: 'refuted',
    because: 'both are one round trip; cold, SSE is faster by one round trip.',
  },
  {
    id: 'blocking',
    claim: 'Blocking waits for the whole generation',
    tutorial_says: 'total + latency, e.g. 2.5 s',
    measured: '2480 ms',
    verdict: 'confirmed',
    because: 'R + T, within 3 ms.',
  },
  {
    id: 'polling',
    claim: 'Polling each second waits up to one second more',
    tutorial_says: 'total + latency + up to 1 s',
    measured: '3402 ms',
    verdict: 'confirmed',
    because: 'R + ⌈T/(P+R)⌉(P+R).',
  },
  {
    id: 'multiplexed-audio',
    claim: 'Audio and video share the socket',
    tutorial_says: 'multiplexed by type',
    measured: '–',
    verdict: 'not measured',
    because: 'no transport here carries audio',
  },
];

function spread(middle: number): Distribution {
  return distributionOf(Array.from({ length: 60 }, () => middle + noise(3)));
}

export function interactionsOf(): Result['interactions'] {
  return [
    {
      transport: 'websocket',
      network: '100ms',
      cancel: {
        n: 60,
        to_last_token: spread(98),
        to_model_closed: spread(51),
        wasted_tokens: { value: 2.4, low: 2.3, high: 2.6 },
        ttft_after: spread(300),
        not_stopped: 0,
      },
      recovery: {
        n: 40,
        how: 'resume from the cursor',
        to_next_token: spread(412),
        not_recovered: 0,
        lost: 0,
        doubled: 0,
        reordered: 0,
        extra_calls: 0,
      },
    },
    {
      transport: 'sse-h1',
      network: '100ms',
      cancel: {
        n: 60,
        to_last_token: spread(1),
        to_model_closed: spread(52),
        wasted_tokens: { value: 2.4, low: 2.2, high: 2.6 },
        ttft_after: spread(400),
        not_stopped: 0,
      },
      recovery: {
        n: 40,
        how: 'ask again from the start',
        to_next_token: spread(404),
        not_recovered: 0,
        lost: 0,
        doubled: 1830,
        reordered: 0,
        extra_calls: 40,
      },
    },
    {
      transport: 'blocking',
      network: '100ms',
      cancel: {
        n: 60,
        to_last_token: null,
        to_model_closed: null,
        wasted_tokens: { value: 71, low: 66, high: 76 },
        ttft_after: spread(2480),
        not_stopped: 60,
      },
      recovery: null,
    },
  ];
}
