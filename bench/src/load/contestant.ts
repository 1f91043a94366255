/** A server that can be put under load. */
import type { Peer } from '../peers/peer.ts';

/** Every peer is one, and our own server. */
export type Contestant = Omit<Peer, 'transport'>;
