/** Is the server still there? Silence is measured, never assumed: a timer that fires late proves nothing. */
import { type Connection, type Core, send, setTimer } from './core.ts';

/** A liveness timer that fires this late was suspended with the machine, or the thread was busy. */
const SUSPENDED_MS = 1_000;

/** `heartbeat.client-wakes`: how long a woken client waits for a sign of life. */
const PROBE_MS = 2_000;

/** Starts to watch a connection that is ready. */
export function watch(core: Core, connection: Connection): void {
  arm(core, connection, allowedSilenceMs(connection));
}

function arm(core: Core, connection: Connection, delayMs: number): void {
  connection.livenessDueMs = core.nowMs + delayMs;
  setTimer(core, { kind: 'liveness', connection: connection.number }, delayMs);
}

/** Any message is a sign of life. */
export function heard(core: Core, connection: Connection): void {
  connection.lastHeardMs = core.nowMs;
  connection.probing = false;
}

/**
 * `heartbeat.client-liveness`: "When the server has been silent for interval_ms + timeout_ms, the client MUST give
 * the connection up and ignore its later events."
 */
export function checkSilence(core: Core, connection: Connection): 'alive' | 'dead' {
  const restMs = allowedSilenceMs(connection) - (core.nowMs - connection.lastHeardMs);
  if (restMs > 0) {
    arm(core, connection, restMs);
    return 'alive';
  }
  if (core.nowMs - connection.livenessDueMs <= SUSPENDED_MS) return 'dead';
  probe(core, connection);
  arm(core, connection, allowedSilenceMs(connection));
  return 'alive';
}

/** `heartbeat.client-wakes`: "… SHOULD send a ping and give the connection up when nothing comes within 2 s." */
export function probe(core: Core, connection: Connection): void {
  if (connection.phase !== 'ready' || connection.probing) return;
  connection.probing = true;
  core.pings += 1;
  send(core, connection, { type: 'ping', t: core.pings });
  setTimer(core, { kind: 'probe', connection: connection.number }, PROBE_MS);
}

function allowedSilenceMs({ welcome }: Connection): number {
  const { interval_ms = 0, timeout_ms = 0 } = welcome?.heartbeat ?? {};
  return interval_ms + timeout_ms;
}
