/** How transports, servers and networks are called in a report. */
import type { Network } from '../result/schema.ts';
import { colouredTransports } from './theme.ts';

const transports: Record<string, string> = {
  websocket: 'WebSocket',
  'sse-h1': 'SSE, HTTP/1.1',
  'sse-h2': 'SSE, HTTP/2',
  blocking: 'Blocking POST',
  'polling-end': 'Polling, whole answer',
  'polling-cursor': 'Polling with a cursor',
  'long-poll': 'Long polling',
};

const servers: Record<string, string> = {
  floor: 'Floor',
  tokenwire: 'Tokenwire',
  'socket.io': 'Socket.IO',
  'ai-sdk': 'Vercel AI SDK',
  tutorial: 'Tutorial (FastAPI)',
};

/** For a row or a column; a transport that is not ours keeps its id. */
export function transportName(id: string): string {
  return transports[id] ?? servers[id] ?? id;
}

/** For a sentence. */
export function transportInWords(id: string): string {
  return { 'sse-h1': 'SSE', 'sse-h2': 'SSE over HTTP/2', blocking: 'blocking' }[id] ?? transportName(id);
}

export function serverName(id: string): string {
  return servers[id] ?? id;
}

/** The class that gives a transport its colour, the same in every chart. */
export function transportColour(id: string): string {
  return `c-${colouredTransports.includes(id) ? id : 'other'}`;
}

/** Our server has the colour of its transport; peers are neutral. */
export function serverColour(id: string): string {
  return id === 'tokenwire' ? 'c-websocket' : 'c-other';
}

/** Known transports first, in one order everywhere. */
export function byTransport(a: { transport: string }, b: { transport: string }): number {
  return place(a.transport) - place(b.transport) || a.transport.localeCompare(b.transport);
}

function place(id: string): number {
  const index = colouredTransports.indexOf(id);
  return index < 0 ? colouredTransports.length : index;
}

/** `at 100 ms`, `on loopback` */
export function onNetwork(network: string, tls: boolean): string {
  const delay = /^(\d+(?:\.\d+)?) ?ms$/.exec(network)?.[1];
  const place =
    delay !== undefined
      ? `at ${delay} ms`
      : network === 'as it is'
        ? 'over the network as it is'
        : `on ${network}`;
  return tls ? `${place} over TLS` : place;
}

/** `100 ms, TLS` */
export function networkName(network: string, tls: boolean): string {
  const name = network.replace(/^(\d+(?:\.\d+)?) ?ms$/, '$1 ms');
  return tls ? `${name}, TLS` : name;
}

/** How a link is made, in words. */
export function linkInWords({ link }: Pick<Network, 'link'>): string {
  return {
    none: 'none',
    userspace: 'userspace proxy',
    tun: 'TUN device, every packet',
    netem: 'kernel (netem), every packet',
  }[link];
}
