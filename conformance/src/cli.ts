/** The command line: reads options, runs, writes reports, sets the exit code. */
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { explainText, listText } from './catalogue-text.ts';
import { exitCodes } from './result.ts';
import { judgeServer, type ServerOptions } from './server-command.ts';
import { UsageError } from './usage-error.ts';
import { RUNNER_VERSION } from './version.ts';

const program = new Command('tokenwire-conformance')
  .description('Judges a Tokenwire server from both ends: its socket, and the model behind it.')
  .version(RUNNER_VERSION)
  .exitOverride()
  .showHelpAfterError('(--help shows what there is)');

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new UsageError(`expected a whole number, got "${text}"`);
  return value;
};

program
  .command('server')
  .description('judge a server: one that this command starts, or one that is running')
  .option('--command <command>', 'start the server with this; it listens on $PORT and calls $OPENAI_BASE_URL')
  .option('--url <url>', 'or the address of a running server, ws:// or wss://')
  .option('--mock-listen <host:port>', "with --url: where the runner's model listens for that server")
  .option('--auth <token>', 'credentials for hello.auth: "scheme token", or a token of scheme bearer')
  .option('--auth-b <token>', 'credentials of a second principal')
  .option('--url-b <url>', 'the address of a second node of the same store')
  .option('--header <name:value>', 'a header for the upgrade; may be repeated', collect, [])
  .option('--ca <file>', 'trust this certificate authority (PEM)')
  .option('--insecure', 'accept any certificate')
  .option('--filter <text>', 'only cases whose id or requirement contains this')
  .option('--smoke', 'only a quick look: a few cases of each kind')
  .option('--slow', 'wait for every timer of the server, however long')
  .option('--json <file>', 'write the report as JSON; - for standard output')
  .option('--junit <file>', 'write the report as JUnit XML')
  .option('--github', 'print annotations for GitHub, and write the summary of the job')
  .option(
    '--baseline <file>',
    'failures that are known: case ids, one to a line; those that do not fail are stale',
  )
  .option('--concurrency <n>', 'how many cases at once', number, 8)
  .option('--start-timeout <ms>', 'how long a started server may take to listen', number, 15_000)
  .option('--seed <n>', 'decides the order of the cases', number)
  .addHelpText(
    'after',
    `
Exit codes: 0 every MUST passed · 1 a rule was broken · 2 wrong usage, or the server calls another model
            3 no Tokenwire server there, or it went away · 4 not every MUST could be judged

Examples:
  tokenwire-conformance server --command "node my-server.js"
  tokenwire-conformance server --url ws://127.0.0.1:8000/ --mock-listen 127.0.0.1:4010`,
  )
  .action(async (options: ServerOptions) => {
    process.exitCode = await judgeServer(options);
  });

program
  .command('list')
  .description('list the cases, and which requirements have none')
  .option('--json', 'as JSON')
  .action(({ json }: { json?: boolean }) => console.log(listText(json === true)));

program
  .command('explain')
  .description('show a requirement: its sentence, and the cases that prove it')
  .argument('<requirement-id>')
  .action((id: string) => console.log(explainText(id, pc)));

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  } else if (error instanceof UsageError) {
    console.error(`error: ${error.message}`);
    process.exitCode = exitCodes.usage;
  } else {
    console.error(
      `the runner failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    process.exitCode = exitCodes.harness;
  }
}
// Sockets of a server that hangs must not keep the verdict waiting.
process.exit();
