import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type MockModel, startMockModel } from './mock-model.ts';
import { defaultReply } from './say.ts';

interface CliOptions {
  port: number;
  host: string;
  delayMs: number;
  journal?: true;
  json?: true;
}

const NAME = 'tokenwire-mock-llm';

const program = new Command(NAME)
  .description('An OpenAI-compatible model that says what it is told, for tests and benchmarks.')
  .option('--port <number>', 'TCP port, 0 for a free one', wholeNumber(65_535), 4010)
  .option('--host <address>', 'address to bind', '127.0.0.1')
  .option('--delay-ms <number>', 'pause before each token of the default reply', wholeNumber(3_600_000), 30)
  .option('--journal', 'print every journal entry to stdout as a JSON line')
  .option('--json', 'print the listening line as JSON')
  .addHelpText('after', '\nA message with [[steps:[…]]] is answered with those steps; see the README.')
  .exitOverride();

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    program.parse();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  const options = program.opts<CliOptions>();
  const model = await listen(options);
  if (!model) return 1;
  if (options.journal) printJournal(model);
  announce(model, options);
  await signalled();
  await model.close();
  return 0;
}

async function listen({ host, port, delayMs }: CliOptions): Promise<MockModel | undefined> {
  try {
    return await startMockModel({ host, port, defaultScript: defaultReply(delayMs) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = code === 'EADDRINUSE' ? 'the port is in use, choose another with --port' : String(error);
    console.error(`${NAME}: cannot listen on ${host}:${port}: ${why}`);
    return undefined;
  }
}

function printJournal({ journal }: MockModel): void {
  journal.subscribe((entry) => {
    console.log(JSON.stringify(entry));
  });
}

/** Nobody reads the journal of the command later, so it does not grow. */
function announce(model: MockModel, { json, journal }: CliOptions): void {
  model.journal.subscribe(() => model.journal.clear());
  if (json) return console.log(JSON.stringify({ kind: 'listening', baseUrl: model.baseUrl }));
  // With --journal stdout is for JSON lines only.
  const print = journal ? console.error : console.log;
  print(
    `${NAME}: listening, point a server at it with OPENAI_BASE_URL=${model.baseUrl} (any OPENAI_API_KEY)`,
  );
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function wholeNumber(maximum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() !== '' && Number.isInteger(number) && number >= 0 && number <= maximum) return number;
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${maximum}, received "${value}".`);
  };
}
