/** Opens a socket and says when each phase of it ended. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { now } from '../clock.ts';
import { DueQueue } from '../due-queue.ts';
import type { Tape } from './tape.ts';
import type { Target } from './transport.ts';

export interface Dialled {
  /** What the transport speaks over: TLS when the target wants it. */
  stream: Socket;
  /** The TCP socket below it, whose counters include TLS. */
  tcp: Socket;
}

let queue: DueQueue | undefined;

/** Connects to `port` of the target. `protocol` is what TLS offers. Rejects with Node's error. */
export async function dial(target: Target, port: number, protocol: string, tape: Tape): Promise<Dialled> {
  let { host } = target;
  if (isIP(host) === 0) {
    host = (await lookup(host)).address;
    tape.phase('dns');
  }
  const tcp = connectTcp({ host, port, noDelay: true });
  await once(tcp, 'connect');
  await handshake(target.handshakeMs);
  tape.phase('connect');
  if (!target.tls) return { stream: tcp, tcp };
  const servername = isIP(target.host) === 0 ? target.host : '';
  const tls = connectTls({ socket: tcp, servername, ALPNProtocols: [protocol], rejectUnauthorized: false });
  await once(tls, 'secureConnect');
  tape.phase('tls');
  return { stream: tls, tcp };
}

/** A link in user space accepts at once: what a SYN and its answer would have taken is waited for here. */
async function handshake(ms: number): Promise<void> {
  if (ms === 0) return;
  queue ??= new DueQueue();
  const due = now() + ms;
  await new Promise<void>((resolve) => queue?.push(due, resolve));
}
