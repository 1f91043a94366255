/** All transports, in the order of every table. */
import { blocking } from './blocking.ts';
import { longPoll, pollingCursor, pollingEnd } from './polling.ts';
import { sseHttp1, sseHttp2 } from './sse.ts';
import type { Transport } from './transport.ts';
import { websocket } from './websocket.ts';

export const transports: readonly Transport[] = [
  websocket,
  sseHttp1,
  sseHttp2,
  blocking,
  pollingEnd,
  pollingCursor,
  longPoll,
];
