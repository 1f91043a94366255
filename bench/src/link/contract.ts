/** How a {@link Link} treats what goes through it. */
export interface LinkOptions {
  /** round trip that the link adds, ms */
  rttMs: number;
  /** ± uniform around each one-way delay, ms; order is always kept, as in one TCP flow */
  jitterMs?: number;
  /** per direction, kbit/s; shared by all connections of the link */
  bandwidthKbit?: number;
  /** every `everyMs` the link is dead for `forMs`: nothing is delivered, what was on its way comes afterwards */
  outage?: { everyMs: number; forMs: number };
  /** of the jitter: equal seeds give equal delays; default 1 */
  seed?: number;
}

/** Payload bytes of TCP that entered the link, by direction, and connections opened through it. */
export interface LinkBytes {
  /** client to server */
  up: number;
  /** server to client */
  down: number;
  connections: number;
}

/** A network between a load generator and a server. */
export interface Link extends AsyncDisposable {
  readonly kind: 'userspace' | 'tun' | 'netem';
  /** pid of the helper process */
  readonly pid: number;
  /** Where a client must connect to reach `port` of the server; may be called for several ports. */
  route(port: number): Promise<{ host: string; port: number }>;
  /** Cuts every connection that goes through the link now (RST to both sides), or only those to the server's `port`. */
  cut(port?: number): Promise<void>;
  /** Bytes so far, by the server's port. */
  bytes(): Promise<Record<number, LinkBytes>>;
  close(): Promise<void>;
}
