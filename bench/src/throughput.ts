/** Whole responses per second: autocannon on the blocking and the polling endpoint of our server. */
import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import { messageOf } from './generator/request.ts';
import type { MeasureContext } from './load/context.ts';
import { type ModelPlan, totalMs } from './plan.ts';
import type { Throughput } from './result/schema.ts';

export interface ThroughputOptions {
  /** Of our server, such as `http://127.0.0.1:8000`. */
  address: string;
  /** Makes the model answer like this under these keys. */
  script: (plan: ModelPlan, keys: readonly string[]) => Promise<unknown>;
  /** Each of them asks again as soon as it has its answer. */
  connections: number;
  /** Of each endpoint. */
  seconds: number;
}

export const throughputDefaults = { connections: 20, seconds: 5 } as const;

/** Short: what counts is what an answer costs, not how long a model speaks. */
const ANSWER: ModelPlan = { ttftMs: 5, tokens: 5, tokenMs: 1 };
const KEY = 'throughput';
const JSON_HEADERS = { 'content-type': 'application/json' } as const;

interface Endpoint {
  name: string;
  /** What one connection asks for in turn. */
  requests: () => autocannon.Request[];
}

const endpoints: readonly Endpoint[] = [
  { name: 'POST /blocking', requests: () => [ask('/blocking', () => randomUUID())] },
  { name: 'POST /poll, then GET /poll', requests: () => polling() },
];

/** One prompt for all; each request begins a stream of its own, so each needs an id of its own. */
const ask = (path: string, newId: () => string): autocannon.Request => ({
  method: 'POST',
  path,
  headers: JSON_HEADERS,
  setupRequest: (request) => ({ ...request, body: JSON.stringify(messageOf(KEY, newId())) }),
});

/** Begins an answer, then asks once for what is there: a client that polls, without its pauses. */
function polling(): autocannon.Request[] {
  let id = '';
  const begin = ask('/poll', () => (id = randomUUID()));
  const poll: autocannon.Request = {
    method: 'GET',
    setupRequest: (request) => ({ ...request, path: `/poll?id=${id}&after=0&want=cursor` }),
  };
  return [begin, poll];
}

/** After an abort the endpoints that were done are there. */
export async function measureThroughput(
  options: ThroughputOptions,
  { signal, onProgress }: MeasureContext,
): Promise<Throughput[]> {
  const measured: Throughput[] = [];
  await options.script(ANSWER, [KEY]);
  for (const [index, endpoint] of endpoints.entries()) {
    if (signal.aborted) break;
    onProgress(index, endpoints.length, endpoint.name);
    const row = await fire(endpoint, options, signal);
    if (!signal.aborted) measured.push(row);
  }
  return measured;
}

/** How long it takes, in ms. */
export const estimateThroughputMs = ({ seconds }: Pick<ThroughputOptions, 'seconds'>): number =>
  endpoints.length * (seconds * 1000 + totalMs(ANSWER));

async function fire(
  { name, requests }: Endpoint,
  { address, connections, seconds }: ThroughputOptions,
  signal: AbortSignal,
): Promise<Throughput> {
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const run = autocannon(
    {
      url: address,
      connections,
      duration: seconds,
      // No rate: with one it corrects for omissions, and passes seconds to that as milliseconds. A closed loop is uncorrected.
      // Each connection has its own requests: they remember an id.
      setupClient: (client) => client.setRequests(requests()),
    },
    (error: Error | null, result) => (error ? reject(error) : resolve(result)),
  );
  const stop = (): void => run.stop();
  signal.addEventListener('abort', stop, { once: true });
  const result = await promise;
  signal.removeEventListener('abort', stop);
  return {
    endpoint: name,
    connections,
    seconds: result.duration,
    requests_per_second: result.requests.total / result.duration,
    latency_p50_ms: result.latency.p50,
    latency_p99_ms: result.latency.p99,
    errors: result.errors + result.timeouts + result.non2xx,
  };
}
