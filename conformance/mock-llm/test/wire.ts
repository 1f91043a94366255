import { connect, type Socket } from 'node:net';
import type { MockModel } from '../src/index.ts';

/** A raw HTTP/1.1 peer: what it has is exactly what the socket delivered. */
export class RawPeer implements Disposable {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  error: Error | undefined;
  #changed: () => void = () => {};

  constructor(model: MockModel, body: object | string) {
    const { hostname, port } = new URL(model.baseUrl);
    this.socket = connect(Number(port), hostname);
    this.socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.#changed();
    });
    this.socket.on('error', (error) => {
      this.error = error;
    });
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    this.socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer sk-secret\r\n` +
        `Content-Length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`,
    );
  }

  get text(): string {
    return this.received.toString('utf8');
  }

  async until(part: string): Promise<void> {
    while (!this.text.includes(part)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async closed(): Promise<void> {
    if (this.socket.closed) return;
    await new Promise((resolve) => this.socket.once('close', resolve));
  }

  /** The HTTP chunks of the answer so far: one per write of the model. */
  chunks(): Buffer[] {
    const chunks: Buffer[] = [];
    let rest = this.received.subarray(this.received.indexOf('\r\n\r\n') + 4);
    for (;;) {
      const line = rest.indexOf('\r\n');
      const size = Number.parseInt(rest.subarray(0, line).toString(), 16);
      if (line < 0 || !size) return chunks;
      chunks.push(rest.subarray(line + 2, line + 2 + size));
      rest = rest.subarray(line + size + 4);
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** A streaming request whose only user message is `content`. */
export function streaming(content: unknown, more: object = {}): object {
  return { model: 'm', stream: true, messages: [{ role: 'user', content }], ...more };
}

/** Posts a request and reads the whole answer. */
export async function post(
  model: MockModel,
  body: object | string,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${model.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

/** The data of the server-sent events in a text. */
export function events(text: string): unknown[] {
  const datas = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
  return datas.map((data) => (data === '[DONE]' ? data : JSON.parse(data)));
}
