/**
 * The witness of a calibration: a TCP relay in a process of its own, with a clock that the benchmark does not use. It notes
 * which bytes passed when. As a proxy that buffers it is also one of the things to be found.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { serveParent } from '../processes/child.ts';

/** Bytes that passed; times are of this process alone, in ms. */
export interface Passed {
  at: number;
  /** From the client to the server? */
  up: boolean;
  text: string;
}

export interface Transcript {
  port: number;
  acceptedAt: number;
  passed: Passed[];
}

let transcripts: Transcript[] = [];
/** Answers are held back until so many bytes are there, or a while has passed; 0 passes everything on. */
let holdBytes = 0;
const HOLD_MS = 200;
/** Who waits for something to pass from the server. */
let awaited: { text: string; passed: () => void } | undefined;

const clock = (): number => performance.now();

export const tapMethods = {
  relay: (host: string, port: number): Promise<number> => relay(host, port),
  hold: (bytes: number): void => {
    holdBytes = bytes;
  },
  /** Resolves when this text passes from the server to a client. */
  until: (text: string): Promise<void> =>
    new Promise((passed) => {
      awaited = { text, passed };
    }),
  /** What passed since the last time. */
  take: (): Transcript[] => {
    const taken = transcripts;
    transcripts = [];
    return taken;
  },
};
export type TapMethods = typeof tapMethods;
serveParent(tapMethods);

function relay(host: string, port: number): Promise<number> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const transcript: Transcript = { port, acceptedAt: clock(), passed: [] };
    transcripts.push(transcript);
    const upstream = connect({ host, port, noDelay: true, allowHalfOpen: true });
    pass(client, upstream, true, transcript);
    pass(upstream, client, false, transcript);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function pass(from: Socket, to: Socket, up: boolean, { passed }: Transcript): void {
  let held: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  const release = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (held.length === 0) return;
    const bytes = Buffer.concat(held);
    held = [];
    const text = bytes.toString('latin1');
    passed.push({ at: clock(), up, text });
    if (!up && awaited && text.includes(awaited.text)) awaited.passed();
    to.write(bytes);
  };
  from.on('data', (bytes: Buffer) => {
    held.push(bytes);
    if (up || held.reduce((sum, one) => sum + one.length, 0) >= holdBytes) release();
    else timer ??= setTimeout(release, HOLD_MS);
  });
  from.on('end', () => {
    release();
    to.end();
  });
  from.on('error', () => to.resetAndDestroy());
  from.on('close', (failed) => {
    if (failed) to.destroy();
  });
}
