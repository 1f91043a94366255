/** The server of a peer, a process of its own. It loads that peer alone: what another one brings along would cost memory. */
import { serveParent } from './child.ts';

/** Where a peer's server finds the model, and where it listens. */
export interface PeerSettings {
  baseURL: string;
  host: string;
}

type Served = { serve: (settings: PeerSettings) => Promise<number> };

const peers = {
  floor: (): Promise<Served> => import('../peers/floor.ts'),
  'socket.io': (): Promise<Served> => import('../peers/socket-io.ts'),
  'ai-sdk': (): Promise<Served> => import('../peers/ai-sdk.ts'),
};
export type PeerName = keyof typeof peers;

export const peerMethods = {
  /** Returns the port. */
  serve: async (name: PeerName, settings: PeerSettings): Promise<number> => {
    const { serve } = await peers[name]();
    return await serve(settings);
  },
};
export type PeerMethods = typeof peerMethods;
serveParent(peerMethods);
