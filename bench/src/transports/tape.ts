/** What was seen on one connection: the trace that the oracle judges, and the phases of its opening. */
import type { TraceEvent, WireMessage } from '@tokenwire/conformance';
import { now } from '../clock.ts';
import type { PhaseName } from '../result/schema.ts';

/** The end of a phase of opening a connection, on the clock of all. */
export interface PhaseEnd {
  name: PhaseName;
  at: number;
}

export class Tape {
  readonly conn: string;
  readonly events: TraceEvent[] = [];
  readonly phases: PhaseEnd[] = [];
  /** Called with each token message of a stream, behind its recording. */
  onToken: (id: string) => void = () => {};

  constructor(conn: string) {
    this.conn = conn;
  }

  phase(name: PhaseName): void {
    this.phases.push({ name, at: now() });
  }

  dialled(conn: string = this.conn): void {
    const offered = ['tokenwire.v1'];
    this.events.push({ at: now(), kind: 'dialled', conn, principal: this.conn, offered });
  }

  opened(conn: string = this.conn): void {
    this.events.push({ at: now(), kind: 'opened', conn, selected: 'tokenwire.v1', extensions: '' });
  }

  sent(raw: string, conn: string = this.conn): void {
    this.events.push({ at: now(), kind: 'sent', conn, raw, message: parseMessage(raw) });
  }

  received(raw: string, conn: string = this.conn): void {
    const message = parseMessage(raw);
    this.events.push({ at: now(), kind: 'received', conn, raw, message, binary: false });
    if (message?.['type'] === 'token') this.onToken(String(message['id']));
  }

  closed(code: number, by: 'client' | 'server', conn: string = this.conn): void {
    this.events.push({ at: now(), kind: 'closed', conn, code, by });
  }
}

/** What stood on the wire, as an object; undefined when it is none. */
export function parseMessage(raw: string): WireMessage | undefined {
  try {
    return JSON.parse(raw) as WireMessage;
  } catch {
    return undefined;
  }
}
