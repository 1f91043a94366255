import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A server on a free port, and the connections that it accepted. */
export interface TcpServer extends AsyncDisposable {
  port: number;
  nextConnection(): Promise<Socket>;
}

export async function startServer(host = '127.0.0.1', allowHalfOpen = true): Promise<TcpServer> {
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen, noDelay: true, pauseOnConnect: true });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  let taken = 0;
  return {
    port: (server.address() as AddressInfo).port,
    async nextConnection() {
      while (sockets.length <= taken) await once(server, 'connection');
      return sockets[taken++] as Socket;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export async function dial({ host, port }: { host: string; port: number }): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => {}); // whoever cares asks readToEnd
  return socket;
}

/** How a connection ended: 'end' by FIN, else the code of its error. Everything sent before is in `received`. */
export async function readToEnd(socket: Socket): Promise<{ received: Buffer; how: string }> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  const how = await new Promise<string>((resolve) => {
    socket.once('end', () => resolve('end'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve('closed'));
  });
  return { received: Buffer.concat(chunks), how };
}

/** Writes all of it in chunks of random size, a turn of the event loop apart, then FIN. */
export async function writeInPieces(socket: Socket, bytes: Buffer, random: () => number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() ** 3 * 60_000);
    if (!socket.write(bytes.subarray(at, at + size))) await once(socket, 'drain');
    at += size;
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
}
