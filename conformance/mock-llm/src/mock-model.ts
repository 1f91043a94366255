import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createHttpServer } from './http.ts';
import { ScriptedModel, type ScriptedModelOptions } from './scripted-model.ts';

export interface MockModelOptions extends ScriptedModelOptions {
  /** The address to bind, by default 127.0.0.1. */
  host?: string;
  /** The TCP port, by default 0: one that is free. */
  port?: number;
}

/** A scripted model that listens. */
export interface MockModel extends ScriptedModel, AsyncDisposable {
  /** For OPENAI_BASE_URL, such as http://127.0.0.1:4010/v1. */
  readonly baseUrl: string;
  /** Ends every connection, hanging ones too, and frees the port. */
  close(): Promise<void>;
}

/** Starts a model. Rejects with Node's error when the address cannot be bound. */
export async function startMockModel(options: MockModelOptions = {}): Promise<MockModel> {
  const { host = '127.0.0.1', port = 0, ...scripted } = options;
  const model = new ScriptedModel(scripted);
  const server = createHttpServer(model);
  server.listen(port, host);
  await once(server, 'listening');
  let closing: Promise<unknown> | undefined;
  const close = async (): Promise<void> => {
    closing ??= once(server.close(), 'close');
    model.stop();
    server.closeAllConnections();
    await closing;
  };
  return Object.assign(model, {
    baseUrl: baseUrlOf(server.address() as AddressInfo),
    close,
    [Symbol.asyncDispose]: close,
  });
}

/** An address that listens everywhere is reached at the loopback one. */
function baseUrlOf({ address, port }: AddressInfo): string {
  const reached = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}/v1`;
}
