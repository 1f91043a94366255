/** Everybody else, in the order of every table. The floor comes first: ratios are to it. */
import { aiSdk } from './ai-sdk.ts';
import { floor } from './floor.ts';
import type { Peer } from './peer.ts';
import { socketIo } from './socket-io.ts';
import { tutorial } from './tutorial.ts';

export const peers: readonly Peer[] = [floor, socketIo, aiSdk, tutorial];

export type { Peer } from './peer.ts';
