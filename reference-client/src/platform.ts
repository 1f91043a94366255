/** What this client asks of the platform it runs on, where the caller does not bring its own. */
import type { SocketConstructor } from './socket.ts';

/** The standard `WebSocket`: browsers have it, Node from 22 on. */
export function platformWebSocket(): SocketConstructor {
  if (!globalThis.WebSocket)
    throw new Error('this platform has no WebSocket: pass one, for example that of "ws"');
  return globalThis.WebSocket;
}

/** Throws on an address that no WebSocket can be opened to. */
export function checkUrl(url: string): string {
  const { protocol } = new URL(url);
  if (protocol !== 'ws:' && protocol !== 'wss:')
    throw new TypeError(`expected a ws: or wss: URL, got "${url}"`);
  return url;
}

interface PageEvents {
  addEventListener?: (type: string, listener: () => void) => void;
  removeEventListener?: (type: string, listener: () => void) => void;
  document?: PageEvents & { visibilityState: string };
}

/** In a browser: tells when the network came back or the page came to the front. Returns what ends that. */
export function listenToPlatform(wake: () => void): () => void {
  const page = globalThis as PageEvents;
  const { document } = page;
  const onVisible = () => {
    if (document?.visibilityState === 'visible') wake();
  };
  page.addEventListener?.('online', wake);
  document?.addEventListener?.('visibilitychange', onVisible);
  return () => {
    page.removeEventListener?.('online', wake);
    document?.removeEventListener?.('visibilitychange', onVisible);
  };
}
