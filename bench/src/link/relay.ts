import { connect, type Socket } from 'node:net';
import type { LinkBytes, LinkOptions } from './contract.ts';
import { now } from '../clock.ts';
import type { DueQueue } from '../due-queue.ts';
import { handshakeOf, type LinkDirection, LinkLane } from './schedule.ts';

/** What all connections of a link share. */
export interface SharedLink {
  options: LinkOptions;
  queue: DueQueue;
  up: LinkDirection;
  down: LinkDirection;
}

/** Payload of a packet: what a narrow link sends at a time. */
const SEGMENT_BYTES = 1448;
const MAX_WAITING_BYTES = 1024 * 1024;
/** On a narrow link, reading further ahead would let one connection fill the queue that all share: its bytes of this time. */
const MAX_WAITING_MS = 250;

/** Connects an accepted client to the server's `port` through the link. @returns cuts both sides at once (RST) */
export function relay(client: Socket, port: number, link: SharedLink, bytes: LinkBytes): () => void {
  const { queue, options } = link;
  const acceptedMs = now();
  const { synArrivesMs, clientOpensMs, serverOpensMs } = handshakeOf(acceptedMs, options.rttMs);
  let server: Socket | undefined;
  let wasCut = false;
  // Read late rather than keep what was read: bytes that may not leave yet must not stand in the shared queue.
  client.pause();
  client.on('error', () => {}); // 'close' follows
  queue.push(synArrivesMs, () => {
    if (wasCut) return;
    server = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    const up = new LinkLane(link.up, clientOpensMs);
    const down = new LinkLane(link.down, serverOpensMs);
    const refusal = new LinkLane(link.down, synArrivesMs);
    let isConnected = false;
    server.once('connect', () => (isConnected = true));
    forward(client, server, up, link, (count) => (bytes.up += count));
    forward(server, client, down, link, (count) => (bytes.down += count));
    forwardReset(client, server, () => up, queue);
    forwardReset(server, client, () => (isConnected ? down : refusal), queue);
  });
  return () => {
    wasCut = true;
    client.resetAndDestroy();
    server?.resetAndDestroy();
  };
}

/** Data and FIN from one side to the other. */
function forward(
  from: Socket,
  to: Socket,
  lane: LinkLane,
  link: SharedLink,
  count: (bytes: number) => void,
): void {
  const { queue, options } = link;
  const maxWaitingBytes = waitingLimit(options);
  let waitingBytes = 0;
  const deliver = (chunk: Buffer) => {
    to.write(chunk, () => {
      waitingBytes -= chunk.length;
      if (waitingBytes < maxWaitingBytes / 2 && from.isPaused()) from.resume();
    });
  };
  from.on('data', (chunk: Buffer) => {
    const readAtMs = now();
    count(chunk.length);
    waitingBytes += chunk.length;
    if (waitingBytes >= maxWaitingBytes) from.pause();
    const step = options.bandwidthKbit === undefined ? chunk.length : SEGMENT_BYTES;
    for (let at = 0; at < chunk.length; at += step) {
      const piece = chunk.subarray(at, at + step);
      queue.push(lane.dueMs(readAtMs, piece.length), () => deliver(piece));
    }
  });
  from.on('end', () => queue.push(lane.dueMs(now(), 0), () => to.end()));
  from.pause();
  queue.push(lane.opensAtMs, () => from.resume());
}

/** A side that went away without both FINs is reset on the other side as well, behind what it sent before. */
function forwardReset(from: Socket, to: Socket, lane: () => LinkLane, queue: DueQueue): void {
  from.on('error', () => {}); // 'close' follows
  from.on('close', () => {
    if (from.readableEnded && from.writableFinished) return;
    queue.push(lane().dueMs(now(), 0), () => to.resetAndDestroy());
  });
}

function waitingLimit({ bandwidthKbit, rttMs }: LinkOptions): number {
  if (bandwidthKbit === undefined) return MAX_WAITING_BYTES;
  const bytes = (bandwidthKbit / 8) * (rttMs + MAX_WAITING_MS);
  return Math.min(MAX_WAITING_BYTES, Math.max(16 * SEGMENT_BYTES, Math.round(bytes)));
}
