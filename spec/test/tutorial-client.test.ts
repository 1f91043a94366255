import { expect, test } from 'vitest';
import { protocol, type TranscriptEvent, transcripts } from './published.ts';

const source = /```js\n(.+?)```/s.exec(protocol)?.[1] ?? '';
const events = transcripts.find(({ file }) => file === 'tutorial-client.jsonl')?.events ?? [];

/** A WebSocket without a network: the test plays the server's lines of the transcript into it. */
class ScriptedSocket {
  onopen: () => void = () => {};
  onmessage: (event: { data: string }) => void = () => {};
  onclose: (event: { code: number }) => void = () => {};
  readonly sent: unknown[] = [];
  isClosedByClient = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosedByClient = true;
  }
}

/** Starts the client of section 22; timers run at once, and both random ids are that of the transcript. */
function startClient(): ScriptedSocket[] {
  const sockets: ScriptedSocket[] = [];
  const open = function WebSocket() {
    const socket = new ScriptedSocket();
    sockets.push(socket);
    return socket;
  };
  const generated = events.find(({ message }) => message?.['type'] === 'generate')?.message;
  const crypto = { randomUUID: () => generated?.['id'] };
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- the code under test stands in a document
  new Function('WebSocket', 'crypto', 'setTimeout', source)(open, crypto, (callback: () => void) =>
    callback(),
  );
  return sockets;
}

test('the client of section 22 has 20 lines', () => {
  expect(source.trimEnd().split('\n')).toHaveLength(20);
});

test('the client of section 22 sends what its transcript says', () => {
  const sockets = startClient();
  const expected: unknown[][] = [];
  for (const event of events) {
    const socket = sockets.at(-1);
    if (event.open) {
      expected.push([]);
      socket?.onopen();
    }
    if (event.from === 'client') expected.at(-1)?.push(event.message);
    if (event.from === 'server') socket?.onmessage({ data: JSON.stringify(event.message) });
    if (event.close) close(socket, event.close);
  }
  expect(sockets.map(({ sent }) => sent)).toEqual(expected);
});

function close(
  socket: ScriptedSocket | undefined,
  { code, by }: NonNullable<TranscriptEvent['close']>,
): void {
  expect(socket?.isClosedByClient).toBe(by === 'client');
  socket?.onclose({ code });
}
