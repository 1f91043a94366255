/** `npm start`: the mock model, the reference server and a chat page behind one port of this machine. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { parseArgs } from 'node:util';
import { defaultReply, startMockModel } from '@tokenwire/mock-llm';
import { createServer, openAiModel } from '@tokenwire/server';
import { servePage } from './page-server.ts';
import { SOCKET_PATH, WireCutter } from './wire-cutter.ts';

const HELP = `npm start -- [options]

Starts a chat page with a server and a model behind it, on 127.0.0.1.

  --port <number>   default: $PORT, or 8080
  --model <name>    "mock" (default) needs no key and costs nothing; any other name is asked for
                    at $OPENAI_BASE_URL with $OPENAI_API_KEY ("real": $OPENAI_MODEL, or gpt-5-mini)
  --delay-ms <ms>   pause of the mock model before each token, default 80
  --help
`;

const HOST = '127.0.0.1';

// Stripping types is experimental in Node 22 and 24; who starts the demo need not care.
process.removeAllListeners('warning').on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.warn(String(warning));
});

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'number') return options;
  await using model = await openModel(options);
  const cutter = new WireCutter();
  const http = createHttpServer((request, response) => {
    if (!cutter.handle(request, response)) void servePage(request, response);
  });
  http.on('upgrade', (request, socket, head) => cutter.upgrade(request, socket, head));
  await using server = createServer({ server: cutter.door, path: SOCKET_PATH, model: model.adapter });
  const port = await listen(http, options.port);
  if (port === undefined) return 1;
  console.log(`Tokenwire chat: http://${HOST}:${port} (model: ${model.name}, Ctrl-C ends)`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await server.close();
  http.close();
  http.closeAllConnections();
  return 0;
}

interface Options {
  port: number;
  model: string;
  delayMs: number;
}

/** The options, or an exit code. */
function readOptions(): Options | number {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: process.env['PORT'] ?? '8080' },
        model: { type: 'string', default: 'mock' },
        'delay-ms': { type: 'string', default: '80' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const port = wholeNumber('port', values.port, 65_535);
    return { port, model: values.model, delayMs: wholeNumber('delay-ms', values['delay-ms'], 60_000) };
  } catch (error) {
    console.error(`npm start: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
}

function wholeNumber(name: string, value: string, max: number): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isInteger(number) && number >= 0 && number <= max) return number;
  throw new TypeError(`expected --${name} to be a whole number from 0 to ${max}, got "${value}"`);
}

async function openModel({ model, delayMs }: Options) {
  if (model !== 'mock') {
    const name = model === 'real' ? (process.env['OPENAI_MODEL'] ?? 'gpt-5-mini') : model;
    const baseURL = process.env['OPENAI_BASE_URL'] ?? 'https://api.openai.com/v1';
    const adapter = openAiModel({ baseURL, apiKey: process.env['OPENAI_API_KEY'] ?? '', model: name });
    return { name, adapter, [Symbol.asyncDispose]: async () => {} };
  }
  const mock = await startMockModel({ defaultScript: defaultReply(delayMs) });
  // Nobody reads the journal here.
  mock.journal.subscribe(() => mock.journal.clear());
  const adapter = openAiModel({ baseURL: mock.baseUrl, apiKey: 'none', model: 'mock' });
  return { name: 'mock', adapter, [Symbol.asyncDispose]: () => mock.close() };
}

async function listen(http: ReturnType<typeof createHttpServer>, port: number): Promise<number | undefined> {
  try {
    http.listen(port, HOST);
    await once(http, 'listening');
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const why = taken ? `port ${port} is taken; choose another: PORT=8081 npm start` : String(error);
    console.error(`npm start: ${why}`);
    return undefined;
  }
  const address = http.address();
  return typeof address === 'object' && address ? address.port : port;
}
