/** What the process of a peer's server can be asked to do. */

/** Where a peer's server finds the model, and where it listens. */
export interface PeerSettings {
  baseURL: string;
  host: string;
}

/** Peers whose server is written for Node. */
export type PeerName = 'floor' | 'socket.io' | 'ai-sdk';

// A type and no interface: methods are indexed by their names.
export type PeerMethods = {
  /** Returns the port. */
  serve: (name: PeerName, settings: PeerSettings) => Promise<number>;
};
