/** `tokenwire-bench run`: measures, and writes the reports. */
import { isDeepStrictEqual } from 'node:util';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { now } from '../clock.ts';
import { tunAvailable } from '../link/link.ts';
import { peers } from '../peers/index.ts';
import { duration, Progress } from '../progress.ts';
import { renderTerminal, writeReports } from '../report/index.ts';
import { result as schema, type Result } from '../result/schema.ts';
import { measureRest, restMs } from '../run/rest.ts';
import { resultOf, runLatency } from '../run/run.ts';
import {
  latencyMs,
  type NetworkName,
  networks,
  profiles,
  type RunSettings,
  transportNames,
} from '../run/settings.ts';
import { addForeignOptions, type ForeignOptions, runForeign } from './run-foreign.ts';

interface CliOptions extends ForeignOptions {
  quick?: boolean;
  full?: boolean;
  transports?: string[];
  networks?: NetworkName[];
  temperatures?: ('cold' | 'warm')[];
  tls?: boolean;
  link: 'userspace' | 'tun';
  rounds?: number;
  perRound?: number;
  windowMs?: number;
  arrivals?: 'poisson' | 'even';
  ttftMs?: number;
  tokens?: number;
  tokenMs?: number;
  pollMs?: number;
  seed?: number;
  delayServerMs?: number;
  peers?: string[];
  load?: boolean | number;
  loadWindowMs?: number;
  out: string;
  name: string;
  json?: boolean;
}

export function addRunCommand(program: Command): void {
  const command = program
    .command('run', { isDefault: true })
    .description('Measures time to first token and more, and writes the reports.')
    .option('--quick', 'one minute: few samples, wide intervals')
    .option('--full', 'every network, TLS, peers and load; says first how long it takes')
    .option('--transports <names>', `of ${transportNames.join(', ')}`, list)
    .option('--networks <names>', `of ${Object.keys(networks).join(', ')}`, list)
    .option('--temperatures <names>', 'cold, warm', list)
    .option('--tls', 'with TLS too')
    .addOption(new Option('--link <kind>', 'what delays').choices(['userspace', 'tun']).default('userspace'))
    .option('--rounds <number>', 'randomised blocks', count)
    .option('--per-round <number>', 'requests of each cell in a block', count)
    .option('--window-ms <number>', 'how long the arrivals of a block are spread', positive)
    .addOption(new Option('--arrivals <kind>', 'how requests follow each other').choices(['poisson', 'even']))
    .option('--ttft-ms <number>', "G, the model's time to first token", positive)
    .option('--tokens <number>', 'tokens of an answer', count)
    .option('--token-ms <number>', 'time between two tokens of the model', positive)
    .option('--poll-ms <number>', 'pause of a polling client', positive)
    .option(
      '--delay-server-ms <number>',
      'make our server slower on purpose, to see compare find it',
      positive,
    )
    .option('--seed <number>', 'of everything that is random', count)
    .option('--peers <names>', 'servers of others in the same run: floor, socket.io, ai-sdk, tutorial', list)
    .option('--load [rounds]', 'CPU per token and added latency under load, beside the peers', count)
    .option('--load-window-ms <number>', 'how long each server is watched under a load (5000)', positive)
    .option('--out <folder>', 'where the reports go', 'reports')
    .option('--name <name>', 'what their files are called', 'bench')
    .option('--json', 'print the result as JSON on stdout');
  addForeignOptions(command);
  command.action(async (options: CliOptions) => {
    process.exitCode = await run(options);
  });
}

async function run(options: CliOptions): Promise<number> {
  const stopped = new AbortController();
  process.once('SIGINT', () => {
    console.error('\nstopping: what was measured is kept (once more to leave at once)');
    stopped.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  const result = await measure(options, stopped.signal);
  if (result === undefined) return 2;
  const files = writeReports(schema.parse(result), options.out, options.name);
  if (options.json) console.log(JSON.stringify(result));
  else console.log(renderTerminal(result, { color: process.stdout.isTTY && !process.env['NO_COLOR'] }));
  // The pictures of the Markdown stand beside it.
  console.error(`wrote ${files.filter((file) => !file.endsWith('.svg')).join(', ')}`);
  if (result.void.length === 0) return 0;
  console.error(`void: ${result.void.join('; ')}`);
  return 4;
}

async function measure(options: CliOptions, signal: AbortSignal): Promise<Result | undefined> {
  const command = commandLine();
  if (options.url !== undefined || options.sse !== undefined) return runForeign(options, { command, signal });
  const settings = settingsOf(options);
  const wrong = complaint(settings);
  if (wrong !== undefined) {
    console.error(`tokenwire-bench: ${wrong}`);
    return undefined;
  }
  const [ofLatency, ofRest] = [latencyMs(settings), restMs(settings)];
  const expected = ofLatency + ofRest;
  console.error(`${settings.profile} run, about ${duration(expected)}`);
  const startedAt = now();
  const progress = new Progress(expected);
  const part = (from: number, to: number) => (share: number, what: string) =>
    progress.report(from + share * (to - from), what);
  const middle = ofLatency / expected;
  const latency = await runLatency(settings, { command, signal, onProgress: part(0, middle) });
  const result = resultOf(settings, latency, { command, durationMs: 0 });
  const rest = await measureRest(settings, { signal, onProgress: part(middle, 1) });
  progress.done();
  const leftOut = [...result.left_out, ...(rest.left_out ?? [])];
  return {
    ...result,
    ...rest,
    left_out: [...new Map(leftOut.map((one) => [one.server, one])).values()],
    duration_ms: now() - startedAt,
    interrupted: signal.aborted,
  };
}

function settingsOf(options: CliOptions): RunSettings {
  const base = profiles[options.full ? 'full' : options.quick ? 'quick' : 'default'];
  const { ttftMs, tokens, tokenMs } = options;
  const changed = {
    ...(options.transports && { transports: options.transports }),
    ...(options.networks && { networks: options.networks.map((name) => networks[name]) }),
    ...(options.temperatures && { temperatures: options.temperatures }),
    ...(options.tls && { tls: [false, true] }),
    ...(options.rounds !== undefined && { rounds: options.rounds }),
    ...(options.perRound !== undefined && { perRound: options.perRound }),
    ...(options.windowMs !== undefined && { windowMs: options.windowMs }),
    ...(options.arrivals && { arrivals: options.arrivals }),
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.delayServerMs !== undefined && { delayServerMs: options.delayServerMs }),
    ...(options.peers && { peers: options.peers }),
    load: {
      ...base.load,
      ...(options.load !== undefined && { rounds: loadRounds(options.load) }),
      ...(options.loadWindowMs !== undefined && { windowMs: options.loadWindowMs }),
    },
  };
  const model = {
    ...base.model,
    ...(ttftMs !== undefined && { ttftMs }),
    ...(tokens !== undefined && { tokens }),
    ...(tokenMs !== undefined && { tokenMs }),
  };
  const asked = { ...base, ...changed, model, link: options.link };
  return isDeepStrictEqual(asked, base) ? base : { ...asked, profile: 'custom' };
}

const loadRounds = (load: boolean | number): number => (typeof load === 'number' ? load : load ? 7 : 0);

function complaint({
  transports,
  peers: others,
  networks: chosen,
  temperatures,
  link,
}: RunSettings): string | undefined {
  const peerNames = peers.map(({ name }) => name);
  const stranger = others.find((name) => !peerNames.includes(name));
  if (stranger !== undefined) return `--peers: expected some of ${peerNames.join(', ')}, got "${stranger}"`;
  const known: readonly string[] = transportNames;
  const strange = transports.find((name) => !known.includes(name));
  if (strange !== undefined) return `--transports: expected some of ${known.join(', ')}, got "${strange}"`;
  if (chosen.includes(undefined as never))
    return `--networks: expected some of ${Object.keys(networks).join(', ')}`;
  const tun = link === 'tun' ? tunAvailable() : ({ ok: true } as const);
  if (!tun.ok) return `--link tun: ${tun.reason}`;
  const odd = temperatures.find((name: string) => name !== 'cold' && name !== 'warm');
  return odd === undefined ? undefined : `--temperatures: expected cold, warm or both, got "${odd}"`;
}

/** As somebody else would type it. */
export function commandLine(): string {
  const quoted = process.argv.slice(2).map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`));
  return ['npx', 'tokenwire-bench', ...quoted].join(' ');
}

export const list = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

export function count(value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw new InvalidArgumentError(`Expected a whole number from 0, received "${value}".`);
}

export function positive(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= 0) return number;
  throw new InvalidArgumentError(`Expected a number from 0, received "${value}".`);
}
