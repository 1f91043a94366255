import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Link } from './contract.ts';
import type { EchoTimes } from './echo-client.ts';
import { inNamespace } from './tun.ts';

/** What a link really adds, ms. */
export interface LinkMeasurement {
  samples: number;
  /** median round trip of one byte on an open connection */
  rtt_ms: number;
  rtt_p99_ms: number;
  /** median time to connect, as the load generator's dialer reports it */
  connect_ms: number;
}

export interface MeasureOptions {
  /** the round trip that the link was started with, ms: the dialer adds it to a connect through a userspace link */
  rttMs: number;
  samples?: number;
  connects?: number;
}

const CLIENT = fileURLToPath(new URL('./echo-client.ts', import.meta.url));
const run = promisify(execFile);

/** Measures a link that nothing else uses: an echo server here, its client in a process of its own on the link's other side. */
export async function measureLink(
  link: Link,
  { rttMs, samples = 40, connects = 5 }: MeasureOptions,
): Promise<LinkMeasurement> {
  const server = createServer({ noDelay: true });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(0, link.kind === 'userspace' ? '127.0.0.1' : '0.0.0.0');
  await once(server, 'listening');
  try {
    const { host, port } = await link.route((server.address() as AddressInfo).port);
    const [command, ...args] = [...inNamespace(link), process.execPath, CLIENT];
    const { stdout } = await run(command, [...args, host, String(port), String(samples), String(connects)]);
    const times = JSON.parse(stdout) as EchoTimes;
    return {
      samples,
      rtt_ms: nearestRank(times.roundTrips, 0.5),
      rtt_p99_ms: nearestRank(times.roundTrips, 0.99),
      connect_ms: nearestRank(times.connects, 0.5) + (link.kind === 'userspace' ? rttMs : 0),
    };
  } finally {
    server.close();
    // The link may be closed before it has brought the client's FIN.
    for (const socket of sockets) socket.destroy();
  }
}

function nearestRank(times: number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
