/** Blocking HTTP: the response comes when the answer is whole. */
import { mergeAdjacent, type Hub } from '@tokenwire/server/core';
import { encode } from '@tokenwire/spec';
import { type HttpExchange, textOf } from './http-line.ts';
import { entriesBehind, generate, linesOf, LogReader, type Routes } from './http-server.ts';
import { type HttpSide, HttpTransportLine } from './http-transport.ts';
import type { Exchange, GenerateMessage, Transport } from './transport.ts';

export const blockingRoutes = (hub: Hub): Routes => ({
  'POST /blocking': (call) => {
    const stream = generate(hub, call);
    if (!stream) return;
    const { response } = call;
    const reader = new LogReader(stream, 0, () => {
      if (!stream.ended) return;
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.end(linesOf(mergeAdjacent(entriesBehind(stream, 0))));
    });
    response.once('close', () => reader.detach());
  },
});

function ask({ http, tape }: HttpSide, message: GenerateMessage): Exchange {
  let exchange: HttpExchange | undefined;
  let cancelled = false;
  const run = async (): Promise<void> => {
    const body = encode(message);
    tape.sent(body);
    exchange = http.send({ method: 'POST', path: '/blocking', body });
    const text = await textOf(exchange, 200).catch((error: unknown) => {
      if (cancelled) return '';
      throw error;
    });
    for (const line of text.split('\n')) if (line !== '') tape.received(line);
  };
  const cancel = (): void => {
    cancelled = true;
    exchange?.abort();
  };
  return { done: run(), cancel };
}

export const blocking: Transport = {
  name: 'blocking',
  multiplexed: false,
  recovers: 'asks again',
  open: (target, tape) => new HttpTransportLine(target, tape, 1, ask),
};
