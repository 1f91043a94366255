/**
 * `fetch` for the openai package over `node:http`. Web streams would double the cost of a token, and
 * would not tell when the connection to the model is really closed.
 */
import * as http from 'node:http';
import * as https from 'node:https';

/** Idle connections to the model are kept for the next call, but not for as long as servers keep them. */
const AGENT = { keepAlive: true, timeout: 4000, scheduling: 'lifo' } as const;
/** An error body is read for its sake only; nobody needs more of it. */
const MAX_ERROR_BODY = 65_536;

/** One HTTP request to the model, from the decision to make it to the end of its connection. */
export class Exchange {
  #request: http.ClientRequest | undefined;
  #response: http.IncomingMessage | undefined;
  #aborted = false;
  #connected = false;
  #refused = false;
  #closed = false;
  #onClosed: (() => void) | undefined;
  readonly #onSend: () => void;

  /** @param onSend called when the request goes out */
  constructor(onSend: () => void = () => {}) {
    this.#onSend = onSend;
  }

  /** It may have reached the model. */
  get sent(): boolean {
    return this.#connected;
  }

  /** The model answered, with a stream or an error. */
  get answered(): boolean {
    return this.#refused || this.#response !== undefined;
  }

  /** The model answered with an HTTP error. */
  get refused(): boolean {
    return this.#refused;
  }

  /** The response whose body is to be read, when its status was 2xx. */
  get response(): http.IncomingMessage | undefined {
    return this.#response;
  }

  /** Closes the connection; without one, keeps it from being made. */
  abort(): void {
    this.#aborted = true;
    this.#request?.destroy();
  }

  /** Calls back when the connection is closed, or now if there is none. */
  whenClosed(run: () => void): void {
    if (this.#closed || this.#request === undefined) run();
    else this.#onClosed = run;
  }

  /** Sends the request. Resolves with the status and headers; the body of a 2xx stays in `response`. */
  send(url: URL, init: RequestInit, agent: http.Agent): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.#aborted) throw new Error('aborted before it was sent');
      const { request } = url.protocol === 'https:' ? https : http;
      const headers = Object.fromEntries(new Headers(init.headers));
      const sending = request(url, { method: init.method ?? 'GET', headers, agent });
      this.#request = sending;
      this.#observe(sending);
      this.#onSend();
      sending.on('error', reject);
      sending.on('response', (response) => void this.#receive(response).then(resolve, reject));
      sending.end(init.body as string | undefined);
    });
  }

  #observe(sending: http.ClientRequest): void {
    sending.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (this.#connected = true));
      else this.#connected = true;
    });
    // Comes after the close of the socket, or when the response is complete.
    sending.once('close', () => {
      this.#closed = true;
      this.#onClosed?.();
    });
  }

  async #receive(response: http.IncomingMessage): Promise<Response> {
    const { statusCode: status = 500 } = response;
    const headers = new Headers();
    for (const [name, value] of Object.entries(response.headers)) {
      if (value !== undefined) headers.set(name, String(value));
    }
    // Whoever does not read it must not crash on its reset.
    response.on('error', () => {});
    if (status >= 200 && status < 300) {
      this.#response = response;
      return new Response(null, { status: 200, headers });
    }
    this.#refused = true;
    const text = await readText(response);
    // The constructor refuses a body, even an empty one, for 304.
    return new Response(text === '' ? null : text, { status, headers });
  }
}

async function readText(response: http.IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const piece of response) {
    text += piece as string;
    if (text.length > MAX_ERROR_BODY) break;
  }
  return text;
}

/** The name under which an `Exchange` travels through the package's `fetchOptions`. */
const EXCHANGE: unique symbol = Symbol('exchange');

/** For the package's `fetchOptions`: which exchange its next `fetch` belongs to. */
export function carry(exchange: Exchange): RequestInit {
  return { [EXCHANGE]: exchange } as RequestInit;
}

/** A `fetch` that keeps connections alive between calls. */
export function modelFetch(): typeof fetch {
  const agents = { 'http:': new http.Agent(AGENT), 'https:': new https.Agent(AGENT) };
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const agent = agents[url.protocol as keyof typeof agents];
    if (agent === undefined) throw new TypeError(`expected an http or https address, got ${url.protocol}`);
    const exchange = (init as { [EXCHANGE]?: Exchange })[EXCHANGE] ?? new Exchange();
    return await exchange.send(url, init, agent);
  };
}
