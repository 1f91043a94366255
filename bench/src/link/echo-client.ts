/** Run where the load generator would run. Arguments: host, port, samples, connects. Prints an {@link EchoTimes} as JSON. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Times over one link, ms each. */
export interface EchoTimes {
  connects: number[];
  roundTrips: number[];
}

const [host = '127.0.0.1', port = '0', samples = '40', connects = '5'] = process.argv.slice(2);

async function dial(): Promise<Socket> {
  const socket = connect({ host, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return socket;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now();
  await run();
  return performance.now() - fromMs;
}

async function pingPong(socket: Socket): Promise<void> {
  const echoed = once(socket, 'data');
  socket.write('.');
  await echoed;
}

const times: EchoTimes = { connects: [], roundTrips: [] };
// One of each goes unrecorded: it would measure how this process starts.
const open = await dial();
await pingPong(open);
for (let i = 0; i < Number(connects); i++) {
  let socket: Socket | undefined;
  times.connects.push(await timed(async () => (socket = await dial())));
  socket?.destroy();
}
for (let i = 0; i < Number(samples); i++) times.roundTrips.push(await timed(() => pingPong(open)));
open.destroy();
process.stdout.write(JSON.stringify(times));
