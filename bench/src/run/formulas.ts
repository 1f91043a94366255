/** What the network alone predicts for each path, beside what was measured. Formulas: R round trip, G and T of the model, P pause. */
import type { CellPlan } from '../plan.ts';
import type { Cell, Formula, Network } from '../result/schema.ts';

/** G and T as the model's own journal has them, in ms: a prediction must not be charged with the model's timers. */
export interface ModelTimes {
  ttft: number;
  total: number;
}

export interface Prediction {
  formula: string;
  /** Of the time to first token, in ms. */
  ms: number;
  /** The part that comes from the network. */
  networkMs: number;
}

/** Round trips until the request can leave, cold: connect, TLS 1.3, and for WebSocket the upgrade. */
function opening({ transport, temperature, tls }: CellPlan): number {
  if (temperature === 'warm') return 0;
  return 1 + (tls ? 1 : 0) + (transport === 'websocket' ? 1 : 0);
}

const trips = (count: number): string => (count === 1 ? 'R' : `${count}R`);

export function predict(
  cell: CellPlan,
  model: ModelTimes,
  pollMs: number,
  rttMs: number,
): Prediction | undefined {
  const extra = opening(cell);
  const once = (term: 'G' | 'T', ms: number): Prediction => ({
    formula: `${trips(1 + extra)} + ${term}`,
    ms: (1 + extra) * rttMs + ms,
    networkMs: (1 + extra) * rttMs,
  });
  const polled = (term: 'G' | 'T', ms: number): Prediction => {
    const polls = Math.ceil(ms / (pollMs + rttMs));
    return {
      formula: `${trips(1 + extra)} + ⌈${term}/(P+R)⌉(P+R)`,
      ms: (1 + extra) * rttMs + polls * (pollMs + rttMs),
      networkMs: (1 + extra + polls) * rttMs,
    };
  };
  switch (cell.transport) {
    case 'websocket':
    case 'sse-h1':
    case 'sse-h2':
      return once('G', model.ttft);
    case 'blocking':
      return once('T', model.total);
    case 'polling-end':
      return polled('T', model.total);
    case 'polling-cursor':
      return polled('G', model.ttft);
    case 'long-poll': {
      // Submitting is a trip of its own: a model faster than that is waited for no longer.
      const ms = extra * rttMs + Math.max(2 * rttMs, rttMs + model.ttft);
      return {
        formula: `${extra === 0 ? '' : `${trips(extra)} + `}max(2R, R + G)`,
        ms,
        networkMs: ms - (model.ttft > rttMs ? model.ttft : 0),
      };
    }
    default:
      return undefined;
  }
}

/** 3 % of what the network contributes, and never less than 2 ms. */
export const toleranceMs = ({ networkMs }: Prediction): number => Math.max(2, 0.03 * networkMs);

/** Rows for the networks that add nothing but a round trip. */
export function formulasOf(
  cells: readonly Cell[],
  networks: readonly Network[],
  timesOf: (cell: string) => ModelTimes | undefined,
  pollMs: number,
): Formula[] {
  return cells.flatMap((cell) => {
    const network = networks.find(({ name }) => name === cell.network);
    const plain =
      network && network.jitter_ms === 0 && network.bandwidth_kbit === null && network.outage === null;
    const { ttft } = cell.metrics;
    const times = timesOf(cell.id);
    const prediction = plain && times && predict(cell, times, pollMs, network.rtt_ms);
    if (!plain || !prediction || !ttft || network.rtt_ms === 0) return [];
    const difference = ttft.median - prediction.ms;
    const tolerance = toleranceMs(prediction);
    return [
      {
        path: `${cell.transport}, ${cell.temperature}${cell.tls ? ', TLS' : ''}`,
        formula: prediction.formula,
        network: cell.network,
        link: network.link,
        predicted_ms: prediction.ms,
        measured_ms: ttft.median,
        difference_ms: difference,
        tolerance_ms: tolerance,
        holds: Math.abs(difference) <= tolerance,
      },
    ];
  });
}
