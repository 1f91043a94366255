/** A WebSocket class whose sockets do what the test says. */
import type { ClientMessage, ServerMessage } from '@tokenwire/spec';
import type { SocketLike } from '../src/socket.ts';

export interface FakeSocket extends SocketLike {
  readonly url: string;
  readonly offered: string[];
  readonly sent: ClientMessage[];
  readonly closed: { code?: number | undefined; reason?: string | undefined }[];
  emit(type: 'open' | 'message' | 'close' | 'error', event?: object): void;
  server(message: ServerMessage): void;
}

export function fakeSockets(): {
  sockets: FakeSocket[];
  WebSocket: new (url: string, p: string[]) => FakeSocket;
} {
  const sockets: FakeSocket[] = [];
  class Socket implements FakeSocket {
    readonly protocol = 'tokenwire.v1';
    readonly sent: ClientMessage[] = [];
    readonly closed: FakeSocket['closed'] = [];
    readonly #listeners = new Map<string, (event: never) => void>();
    readonly url: string;
    readonly offered: string[];

    constructor(url: string, offered: string[]) {
      this.url = url;
      this.offered = offered;
      sockets.push(this);
    }

    addEventListener(type: string, listener: (event: never) => void): void {
      this.#listeners.set(type, listener);
    }

    send(text: string): void {
      this.sent.push(JSON.parse(text) as ClientMessage);
    }

    close(code?: number, reason?: string): void {
      this.closed.push({ code, reason });
    }

    emit(type: string, event: object = {}): void {
      this.#listeners.get(type)?.(event as never);
    }

    server(message: ServerMessage): void {
      this.emit('message', { data: JSON.stringify(message) });
    }
  }
  return { sockets, WebSocket: Socket };
}

/** A clock that stands still, and timers that fire when the test says. */
export function stillClock() {
  const pending = new Set<() => void>();
  return {
    now: () => 0,
    after(_delayMs: number, callback: () => void) {
      pending.add(callback);
      return () => void pending.delete(callback);
    },
    fire() {
      const due = [...pending];
      for (const callback of due) if (pending.delete(callback)) callback();
    },
    pending: () => pending.size,
  };
}
