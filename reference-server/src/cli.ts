/** The command `tokenwire-server`. */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command, CommanderError } from 'commander';
import { bearerTokens } from './auth.ts';
import { openAiModel } from './openai-model.ts';
import { createServer, respond, type TokenwireServer } from './server.ts';
import { readSettings, type Settings } from './settings.ts';

const USAGE_ERROR = 2;

interface CliOptions {
  port?: string;
  host?: string;
  json: boolean;
}

function readCommand(): CliOptions {
  const command = new Command('tokenwire-server')
    .description('Streams the tokens of an OpenAI-compatible model over WebSocket (tokenwire.v1).')
    .option('--port <number>', 'port to listen on, 0 for any free one (PORT, 8080)')
    .option('--host <address>', 'address to listen on (HOST, 127.0.0.1)')
    .option('--json', 'print the start-up line as JSON', false)
    .addHelpText('after', '\nEverything else is set by environment variables: see the README.')
    .allowExcessArguments(false)
    .exitOverride();
  try {
    return command.parse().opts<CliOptions>();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR);
  }
}

function fail(message: string, code: number): never {
  console.error(`tokenwire-server: ${message}`);
  process.exit(code);
}

function attach(server: http.Server, settings: Settings): TokenwireServer {
  const { baseURL, apiKey, model, modelIdleMs, tokens, noProgressMs } = settings;
  if (baseURL === undefined && apiKey === undefined) {
    fail(
      'OPENAI_API_KEY: expected a key, or OPENAI_BASE_URL of a model that needs none, got neither',
      USAGE_ERROR,
    );
  }
  const adapter = openAiModel({
    ...(baseURL !== undefined && { baseURL }),
    ...(apiKey !== undefined && { apiKey }),
    ...(modelIdleMs !== undefined && { idleMs: modelIdleMs }),
    model,
  });
  // A package that cannot be loaded fails each call, and says so there.
  const warmUp = async (): Promise<void> => await adapter.warmUp?.().catch(() => {});
  server.once('listening', () => setImmediate(() => void warmUp()));
  return createServer({
    server,
    model: adapter,
    origins: settings.origins,
    limits: settings.limits,
    heartbeat: settings.heartbeat,
    ...(noProgressMs !== undefined && { noProgressMs }),
    ...(tokens !== undefined && { authenticate: bearerTokens(tokens) }),
    onLog: ({ level, event, message }) => {
      if (level === 'error') console.error(`tokenwire-server: ${event}: ${message}`);
    },
  });
}

/** Plain HTTP at the same port: health, and a sentence for whoever is lost. */
function answerPlainHttp(request: http.IncomingMessage, response: http.ServerResponse): void {
  const path = request.url?.split('?', 1)[0];
  const [status, text] =
    path === '/healthz'
      ? [200, 'ok']
      : path === '/'
        ? [426, 'This is a Tokenwire server: connect by WebSocket with the subprotocol "tokenwire.v1".']
        : [404, 'Nothing is here. The WebSocket is at /, the health check at /healthz.'];
  const upgrade = status === 426 && { connection: 'Upgrade', upgrade: 'websocket' };
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...upgrade });
  response.end(`${text}\n`);
}

function announce(server: http.Server, host: string, json: boolean): void {
  const { port } = server.address() as AddressInfo;
  const url = `ws://${host.includes(':') ? `[${host}]` : host}:${port}/`;
  console.log(
    json ? JSON.stringify({ url, port, host, pid: process.pid }) : `tokenwire-server listens on ${url}`,
  );
}

function drainOnSignal(server: http.Server, tokenwire: TokenwireServer, deadlineMs: number): void {
  let draining = false;
  const leave = (): void => {
    if (draining) process.exit(0);
    draining = true;
    server.close();
    tokenwire.drain({ deadlineMs }).then(
      () => process.exit(0),
      (error: unknown) => fail(String(error), 1),
    );
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
}

function main(): void {
  const { port, host, json } = readCommand();
  const read = readSettings({
    ...process.env,
    ...(port !== undefined && { PORT: port }),
    ...(host !== undefined && { HOST: host }),
  });
  if (!read.ok) fail(read.message, USAGE_ERROR);
  const { settings } = read;
  const server = http.createServer(answerPlainHttp);
  const tokenwire = attach(server, settings);
  server.on('upgrade', (request, socket) => {
    if (request.url?.split('?', 1)[0] !== '/') respond(socket, 404, 'The WebSocket is at /.');
  });
  drainOnSignal(server, tokenwire, settings.drainDeadlineMs);
  server.once('error', (error: NodeJS.ErrnoException) => {
    const taken = error.code === 'EADDRINUSE';
    fail(
      taken ? `port ${settings.port} is in use at ${settings.host}` : `cannot listen: ${error.message}`,
      1,
    );
  });
  server.listen(settings.port, settings.host, () => announce(server, settings.host, json));
}

main();
