/** The tutorial's table and conclusions, claim by claim, against what this run measured. */
import type { Cell, Claim, Comparison, Result } from '../result/schema.ts';

/** What nobody notices. */
const UNNOTICED_MS = 10;
/** The table's pause between two polls. */
const POLLED_MS = 1000;

type Verdict = Claim['verdict'];
interface Finding {
  measured: string;
  verdict: Verdict;
  because: string;
}

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

/** What the claims are held against. */
export type Findings = Pick<Result, 'cells' | 'comparisons' | 'interactions' | 'model' | 'poll_interval_ms'>;

const claim = (id: string, text: string, says: string, finding: Finding | undefined): Claim => ({
  id,
  claim: text,
  tutorial_says: says,
  ...(finding ?? { measured: '–', verdict: 'not measured', because: 'This run did not measure it.' }),
});

/** Every claim of the tutorial, in its order. What was not measured in this run says so. */
export function claimsOf(findings: Findings): Claim[] {
  const { model } = findings;
  if (model === null) return [];
  const near = 'loopback';
  const far = '100ms';
  return [
    claim(
      'blocking.good',
      'Blocking, good network: the first token comes with the last',
      'total, e.g. 2.4 s',
      waits(findings, 'blocking', near),
    ),
    claim(
      'blocking.100ms',
      'Blocking at 100 ms: total and one round trip',
      'total + latency, e.g. 2.5 s',
      waits(findings, 'blocking', far),
    ),
    claim('sse.good', 'SSE, good network', '~50 ms', streams(findings, 'sse-h1', near, 50)),
    claim('sse.100ms', 'SSE at 100 ms', '~150 ms', streams(findings, 'sse-h1', far, 150)),
    claim('websocket.good', 'WebSocket, good network', '~10 ms', streams(findings, 'websocket', near, 10)),
    claim('websocket.100ms', 'WebSocket at 100 ms', '~110 ms', streams(findings, 'websocket', far, 110)),
    claim(
      'websocket.faster',
      'WebSocket shows the first token 40 ms before SSE',
      '10 against 50, 110 against 150 ms',
      faster(findings, far),
    ),
    claim('polling.good', 'Polling each second, good network', 'total + up to 1 s', polls(findings, near)),
    claim(
      'polling.100ms',
      'Polling each second at 100 ms',
      'total + latency + up to 1 s',
      polls(findings, far),
    ),
    claim(
      'handshake',
      'The overhead of a WebSocket is low after its handshake',
      'low after the handshake',
      handshake(findings, far),
    ),
    claim(
      'dominated',
      "WebSocket's time to first token is the model's, and the handshake is paid once",
      "dominated by the model's first token",
      dominated(findings, near),
    ),
    claim(
      'interaction',
      'SSE suits one-way streams, WebSocket suits interaction (stop, steer, take turns)',
      'WebSocket for interaction',
      interaction(findings, far),
    ),
  ];
}

function cellOf(
  { cells }: Findings,
  transport: string,
  network: string,
  temperature: Cell['temperature'],
): Cell | undefined {
  return cells.find(
    (cell) =>
      cell.transport === transport &&
      cell.network === network &&
      cell.temperature === temperature &&
      !cell.tls &&
      cell.void.length === 0 &&
      cell.metrics.ttft !== undefined,
  );
}

const ttft = (cell: Cell): number => cell.metrics.ttft?.median ?? Number.NaN;

/** A path without streaming: the first token comes with the whole. */
function waits(findings: Findings, transport: string, network: string): Finding | undefined {
  const cell = cellOf(findings, transport, network, 'warm');
  const total = findings.model?.total_ms ?? 0;
  if (!cell) return undefined;
  const over = ttft(cell) - total;
  const far = network === 'loopback' ? 0 : 100;
  const holds = Math.abs(over - far) <= UNNOTICED_MS;
  return {
    measured: `${ms(ttft(cell))}: the total of ${ms(total)} and ${ms(over)}`,
    verdict: holds ? 'confirmed' : 'refuted',
    because:
      'Nothing is shown before the model is done, so the wait is the answer’s length, whatever the network.',
  };
}

/** What is left of the time to first token when the model's own is taken off, beside the figure of the table. */
function streams(findings: Findings, transport: string, network: string, said: number): Finding | undefined {
  const warm = cellOf(findings, transport, network, 'warm');
  const cold = cellOf(findings, transport, network, 'cold');
  const own = findings.model?.ttft_ms ?? 0;
  if (!warm) return undefined;
  const left = ttft(warm) - own;
  const first = cold && ttft(cold) - own;
  const near = (value: number): boolean => Math.abs(value - said) <= Math.max(UNNOTICED_MS, 0.1 * said);
  const coldText = first === undefined ? '' : `, cold ${ms(first)}`;
  const measured = `beside the model’s own ${ms(own)}: warm ${ms(left)}${coldText}`;
  if (near(left)) {
    const opened = first !== undefined && !near(first);
    const because = 'On a connection that is open it is one round trip, and little on top.';
    return opened
      ? { measured, verdict: 'true only when', because: `${because} A new one adds its handshakes.` }
      : { measured, verdict: 'confirmed', because };
  }
  if (first !== undefined && near(first)) {
    const because = 'Only when the connection must be opened first; on an open one it is one round trip.';
    return { measured, verdict: 'true only when', because };
  }
  const because =
    left < said
      ? 'Neither on an open connection nor on a new one: what it costs is one round trip, two with a new connection, and the server’s work.'
      : 'It costs more than the table says.';
  return { measured, verdict: 'refuted', because };
}

const interval = ({ value, low, high }: Comparison['difference_ms']): string =>
  `${value.toFixed(1)} ms (${low.toFixed(1)} to ${high.toFixed(1)})`;

function faster({ comparisons }: Findings, network: string): Finding | undefined {
  const found = (temperature: Cell['temperature']): Comparison | undefined =>
    comparisons.find(
      (one) =>
        one.a === 'sse-h1' &&
        one.metric === 'ttft' &&
        one.network === network &&
        one.temperature === temperature &&
        !one.tls,
    );
  const [warm, cold] = [found('warm'), found('cold')];
  if (!warm) return undefined;
  const measured = `SSE minus WebSocket, warm: ${interval(warm.difference_ms)}${cold ? `; cold: ${interval(cold.difference_ms)}` : ''}`;
  const { low, high } = warm.difference_ms;
  if (low > 20) {
    return { measured, verdict: 'confirmed', because: 'Warm, WebSocket was faster by tens of milliseconds.' };
  }
  if (high >= 20) {
    return {
      measured,
      verdict: 'not measured',
      because: 'The interval is too wide to tell: more rounds would.',
    };
  }
  const dearer = cold !== undefined && cold.difference_ms.high < 0;
  const because = dearer ? ' Cold, it is the WebSocket that pays one more, for its upgrade.' : '';
  return { measured, verdict: 'refuted', because: `Warm, both take one round trip.${because}` };
}

function polls(findings: Findings, network: string): Finding | undefined {
  const end = cellOf(findings, 'polling-end', network, 'warm');
  const cursor = cellOf(findings, 'polling-cursor', network, 'warm');
  const total = findings.model?.total_ms ?? 0;
  if (!end || findings.poll_interval_ms !== POLLED_MS) return undefined;
  const over = ttft(end) - total;
  const latency = network === 'loopback' ? 0 : 100;
  const holds = over >= 0 && over <= POLLED_MS + 3 * latency;
  return {
    measured: `${ms(ttft(end))}: the total and ${ms(over)}${cursor ? `; asking for what is new so far: ${ms(ttft(cursor))}` : ''}`,
    verdict: holds ? (cursor ? 'true only when' : 'confirmed') : 'refuted',
    because:
      'True when each poll asks for the whole answer. With a cursor the first text comes with the first poll behind it. And the round trip is paid by every poll.',
  };
}

function handshake(findings: Findings, network: string): Finding | undefined {
  const [wsCold, wsWarm] = [
    cellOf(findings, 'websocket', network, 'cold'),
    cellOf(findings, 'websocket', network, 'warm'),
  ];
  const sseCold = cellOf(findings, 'sse-h1', network, 'cold');
  if (!wsCold || !wsWarm) return undefined;
  const cost = ttft(wsCold) - ttft(wsWarm);
  const beside = sseCold
    ? `; a cold SSE request takes ${ms(ttft(sseCold))}, a cold WebSocket ${ms(ttft(wsCold))}`
    : '';
  return {
    measured: `the handshake costs ${ms(cost)} once${beside}`,
    verdict: cost <= UNNOTICED_MS ? 'confirmed' : 'true only when',
    because:
      'True when the connection is opened before the user asks. The first question on a new one waits for connect and upgrade: one round trip more than SSE.',
  };
}

function dominated(findings: Findings, network: string): Finding | undefined {
  const warm = cellOf(findings, 'websocket', network, 'warm');
  const own = findings.model?.ttft_ms ?? 0;
  if (!warm || own === 0) return undefined;
  const share = own / ttft(warm);
  return {
    measured: `${Math.round(share * 100)} % of ${ms(ttft(warm))} is the model (warm, ${network})`,
    verdict: share > 0.5 ? 'confirmed' : 'true only when',
    because: 'The same holds for SSE: what dominates is the model, and what is left is the network.',
  };
}

function interaction({ interactions }: Findings, network: string): Finding | undefined {
  const of = (transport: string) =>
    interactions.find((one) => one.transport === transport && one.network === network)?.cancel;
  const [websocket, sse, h2] = [of('websocket'), of('sse-h1'), of('sse-h2')];
  if (!websocket?.ttft_after || !sse?.ttft_after) return undefined;
  const h2Text = h2?.ttft_after ? `, HTTP/2 ${ms(h2.ttft_after.median)}` : '';
  const apart = sse.ttft_after.low - websocket.ttft_after.high;
  const goesOn = [websocket, sse, h2].reduce((sum, one) => sum + (one?.not_stopped ?? 0), 0);
  const heard =
    goesOn === 0 ? 'A stop reached the model over all of them.' : `${goesOn} stops did not reach the model.`;
  return {
    measured: `first token after a stop: WebSocket ${ms(websocket.ttft_after.median)}, SSE over HTTP/1.1 ${ms(sse.ttft_after.median)}${h2Text}`,
    verdict: apart > 20 ? 'true only when' : 'refuted',
    because:
      apart > 20
        ? `True against HTTP/1.1, where a stop destroys the connection and the next answer waits for a new one; HTTP/2 has no such cost. ${heard}`
        : `The answer after a stop came as soon over SSE. ${heard}`,
  };
}
