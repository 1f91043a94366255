/** The finding in words, computed from the data. */
import type { Cell, Estimate, Result } from '../result/schema.ts';
import { capital, type Condition, conditions, counts } from './conditions.ts';
import { fixed, middle, plural, range, roughTime } from './format.ts';
import { serverName, transportInWords } from './names.ts';
import { comparisonSentence } from './versus.ts';

export interface Headline {
  /** One or two sentences. */
  finding: string;
  /** What else was found, a sentence each. */
  more: string[];
}

/** What somebody should remember who reads nothing else. */
export function headline(result: Result): Headline {
  if (result.void.length > 0)
    return { finding: 'This run is void: nothing may be concluded from it.', more: [] };
  const [slowest] = conditions(result).filter(({ cells }) => cells.some(counts));
  const load = loadSentence(result);
  if (slowest === undefined) return { finding: load ?? nothing(result), more: [] };
  const versus = comparisonSentence(result, slowest, 'warm') ?? firstTokenSentence(slowest);
  const more = [
    coldSentence(result, slowest),
    load,
    cancelSentence(result, slowest),
    recoverySentence(result, slowest),
  ];
  return {
    finding: [versus, waitSentence(slowest)].filter((sentence) => sentence !== undefined).join(' '),
    more: more.filter((sentence) => sentence !== undefined),
  };
}

function nothing({ cells }: Result): string {
  const error = cells.flatMap(({ errors }) => errors)[0];
  const because = error === undefined ? '' : ` The first error: ${error.message}`;
  return `No time to the first token could be measured.${because}`;
}

/** Without a comparison: what the fastest transport needs. */
function firstTokenSentence({ cells, where }: Condition): string | undefined {
  const sorted = cells
    .filter(counts)
    .toSorted(
      (a, b) =>
        Number(a.temperature === 'cold') - Number(b.temperature === 'cold') || medianOf(a) - medianOf(b),
    );
  const [fastest] = sorted;
  const ttft = fastest?.metrics.ttft;
  if (fastest === undefined || ttft === undefined) return undefined;
  const interval = middle({ ...ttft, value: ttft.median }, 'ms');
  const sample = `median of ${plural(ttft.n, 'request')}, 95 % interval ${range(ttft)} ms`;
  return `${capital(fastest.temperature)}, ${where}, ${transportInWords(fastest.transport)} shows its first token after ${interval} (${sample}).`;
}

/** Transports that show nothing until late: more than twice the fastest. */
function waitSentence({ cells }: Condition): string | undefined {
  const warm = cells.filter((cell) => counts(cell) && cell.temperature === 'warm');
  const fastest = Math.min(...warm.map(medianOf));
  const blocking = warm.find(({ transport }) => transport === 'blocking');
  if (blocking === undefined || medianOf(blocking) < 2 * fastest) return undefined;
  const polling = warm.find(({ transport }) => transport === 'polling-end');
  const also = polling === undefined ? '' : `, polling ${roughTime(medianOf(polling))}`;
  return `Blocking makes people wait ${roughTime(medianOf(blocking))}${also}.`;
}

function coldSentence(result: Result, condition: Condition): string | undefined {
  const found = comparisonSentence(result, condition, 'cold');
  return found?.replace(/^Cold/, 'With a new connection for each request');
}

/** What a token costs our server and its peers, with the most streams that were tried. */
function loadSentence({ loads }: Result): string | undefined {
  const valid = loads.flatMap(
    ({ server, streams, tokens_per_second: rate, cpu_times_floor: ratio, void: reasons }) =>
      reasons.length > 0 || ratio === null || server === 'floor' ? [] : [{ server, streams, rate, ratio }],
  );
  // The rate that all could bear: there are the most to compare with.
  const own = valid
    .toSorted((a, b) => b.streams - a.streams || a.rate - b.rate)
    .find(({ server }) => server === 'tokenwire');
  if (own === undefined) return undefined;
  const peers = valid
    .filter(
      ({ server, streams, rate }) => server !== 'tokenwire' && streams === own.streams && rate === own.rate,
    )
    .toSorted((a, b) => a.ratio.value - b.ratio.value)
    .map(({ server, ratio }) => `${serverName(server)} ${costs(ratio)}`);
  const others = peers.length > 0 ? `; ${peers.join(', ')}` : '';
  return `With ${plural(own.streams, 'stream')}, a token costs Tokenwire ${costs(own.ratio)} the CPU time of plain forwarding${others}.`;
}

function costs({ value }: Estimate): string {
  return `${fixed(value, value < 10 ? 1 : 0)} times`;
}

function cancelSentence({ interactions }: Result, { network, where }: Condition): string | undefined {
  const own = interactions.find((entry) => entry.transport === 'websocket' && entry.network === network);
  const closed = own?.cancel?.to_model_closed;
  if (!own?.cancel || !closed) return undefined;
  const wasted = own.cancel.wasted_tokens.value;
  return `Over WebSocket ${where}, “stop” reaches the model after ${roughTime(closed.median)}; it writes ${fixed(wasted, 1)} tokens in vain.`;
}

function recoverySentence({ interactions }: Result, { network }: Condition): string | undefined {
  const cuts = interactions.flatMap(({ transport, network: own, recovery }) =>
    own === network && recovery !== null ? [{ transport, ...recovery }] : [],
  );
  const own = cuts.find(({ transport }) => transport === 'websocket');
  if (own === undefined || own.to_next_token === null) return undefined;
  const whole = own.lost + own.doubled + own.reordered + own.not_recovered === 0;
  const harm = `${own.lost} lost, ${own.doubled} doubled, ${own.reordered} out of order, ${own.not_recovered} never recovered`;
  const outcome = whole ? 'with nothing lost or doubled' : `with tokens harmed (${harm})`;
  return `After a cut, WebSocket goes on after ${roughTime(own.to_next_token.median)}, ${outcome}.`;
}

function medianOf(cell: Cell): number {
  return cell.metrics.ttft?.median ?? Number.POSITIVE_INFINITY;
}
