/** The server of a peer, a process of its own. It loads that peer alone: what another one brings along would cost memory. */
import type { PeerMethods, PeerName, PeerSettings } from '../peers/peer-process.ts';
import { serveParent } from './child.ts';

type Served = { serve: (settings: PeerSettings) => Promise<number> };

const peers: Record<PeerName, () => Promise<Served>> = {
  floor: () => import('../peers/floor.ts'),
  'socket.io': () => import('../peers/socket-io.ts'),
  'ai-sdk': () => import('../peers/ai-sdk.ts'),
};

const methods: PeerMethods = {
  serve: async (name, settings) => {
    const { serve } = await peers[name]();
    return await serve(settings);
  },
};
serveParent(methods);
