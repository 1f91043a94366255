/** A chat in the terminal: `node --conditions=tw-source reference-client/examples/chat.ts --help`. */
import { createInterface, type Interface } from 'node:readline';
import { isatty } from 'node:tty';
import { parseArgs, styleText } from 'node:util';
import { type Answer, type Client, createClient, TokenwireError } from '@tokenwire/client';

const HELP = `chat [options]

Asks a Tokenwire server what you type. Ctrl-C stops the answer, a second Ctrl-C leaves. In a pipe each
line of stdin is a message, and only answers go to stdout.

  --url <url>     default: ws://127.0.0.1:8080/ws, where "npm start" listens
  --model <name>  default: the server's choice
  --help

TOKENWIRE_TOKEN in the environment is sent as bearer token.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'number') return options;
  const token = process.env['TOKENWIRE_TOKEN'];
  await using client = createClient({
    url: options.url,
    maxAttempts: 6,
    ...(token && { auth: () => ({ scheme: 'bearer', token }) }),
  });
  client.on('state', ({ status, closeCode, retryMs }) => {
    if (status === 'waiting') quietly(`[no connection (${closeCode}), next try in ${retryMs} ms]`);
  });
  return await chat(client, options.model);
}

function readOptions(): { url: string; model: string | undefined } | number {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string', default: 'ws://127.0.0.1:8080/ws' },
        model: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    if (!/^wss?:\/\//.test(values.url))
      throw new TypeError(`expected a ws: or wss: URL, got "${values.url}"`);
    return { url: values.url, model: values.model };
  } catch (error) {
    console.error(`chat: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
}

async function chat(client: Client, model: string | undefined): Promise<number> {
  const terminal = isatty(0) && isatty(1);
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal, prompt: '› ' });
  const messages: Parameters<Client['generate']>[0]['messages'] = [];
  let answer: Answer | undefined;
  onInterrupt(lines, terminal, () => {
    if (answer) answer.cancel('Ctrl-C');
    else lines.close();
    answer = undefined;
  });
  let failures = 0;
  if (terminal) lines.prompt();
  for await (const line of lines) {
    if (line.trim() !== '') {
      messages.push({ role: 'user', content: line });
      answer = client.generate({ messages, ...(model && { model }) });
      const text = await print(answer);
      answer = undefined;
      if (text === undefined) failures += 1;
      else if (text !== '') messages.push({ role: 'assistant', content: text });
    }
    if (terminal) lines.prompt();
  }
  return failures > 0 ? 1 : 0;
}

function onInterrupt(lines: Interface, terminal: boolean, interrupt: () => void): void {
  if (terminal) lines.on('SIGINT', interrupt);
  else process.on('SIGINT', interrupt);
}

/** The text of the whole answer, or undefined after an error. */
async function print(answer: Answer): Promise<string | undefined> {
  try {
    for await (const token of answer) process.stdout.write(token.text);
    process.stdout.write('\n');
    const { text, finishReason, upstream } = await answer.result;
    if (finishReason !== 'stop') quietly(`[${finishReason}, model call: ${upstream}]`);
    return text;
  } catch (error) {
    process.stdout.write('\n');
    if (!(error instanceof TokenwireError)) throw error;
    console.error(`chat: ${error.message} (${error.code})`);
    return undefined;
  }
}

/** Side remarks, where a person reads along. */
function quietly(text: string): void {
  if (process.stderr.isTTY) console.error(styleText('dim', text, { stream: process.stderr }));
}
