/** `tokenwire-conformance server`: from options to an exit code. */
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { type MockModel, startMockModel } from '@tokenwire/mock-llm';
import { SPEC_VERSION } from '@tokenwire/spec';
import pc from 'picocolors';
import { applyBaseline, type Baseline, parseBaseline } from './baseline.ts';
import { cases } from './cases/index.ts';
import type { Case } from './case.ts';
import { Redactor } from './redact.ts';
import { Progress } from './report/progress.ts';
import { terminalReport } from './report/terminal.ts';
import { writeReports } from './report/write.ts';
import { exitCodeOf, exitCodes } from './result.ts';
import { Runner } from './run.ts';
import { StartFailed } from './server-process.ts';
import { CommandTarget, type Credentials, type Target, UrlTarget } from './target.ts';
import { UsageError } from './usage-error.ts';
import { RUNNER_VERSION } from './version.ts';

/** The options as commander hands them over. */
export interface ServerOptions {
  command?: string;
  url?: string;
  mockListen?: string;
  auth?: string;
  authB?: string;
  urlB?: string;
  header: string[];
  ca?: string;
  insecure?: boolean;
  filter?: string;
  smoke?: boolean;
  slow?: boolean;
  json?: string;
  junit?: string;
  github?: boolean;
  baseline?: string;
  concurrency: number;
  startTimeout: number;
  seed?: number;
}

/** Judges the server and returns the exit code. Throws UsageError before anything is started. */
export async function judgeServer(options: ServerOptions): Promise<number> {
  const redactor = new Redactor();
  const chosen = chooseCases(options);
  const seed = options.seed ?? Math.floor(Math.random() * 1_000_000);
  const baseline = readBaseline(options.baseline);
  const listen = checkUsage(options, redactor);
  await using model = await listenForModel(listen);
  const target = targetOf(options, model, redactor);
  // Standard output belongs to the JSON when it is asked for there.
  const print = (text: string): void =>
    void (options.json === '-' ? process.stderr : process.stdout).write(`${redactor.redact(text)}\n`);
  const progress = new Progress(redactor);
  print(`tokenwire-conformance ${RUNNER_VERSION}, spec ${SPEC_VERSION}, seed ${seed}`);
  print(`target  ${target.name}`);
  print(`model   ${model.baseUrl} (the runner's own)\n`);
  const runner = new Runner({
    cases: chosen,
    target,
    model,
    redactor,
    concurrency: Math.max(1, options.concurrency),
    slow: options.slow === true,
    seed,
    onResult: (result, done, total) => progress.show(result, done, total),
  });
  for (const signal of leaving) process.once(signal, interrupted);
  try {
    const obstacle = await preflight(runner, target);
    if (obstacle !== undefined) {
      print(obstacle.message);
      return obstacle.exitCode;
    }
    const found = await runner.run();
    const run = baseline === undefined ? found : applyBaseline(found, baseline);
    progress.clear();
    writeReports(run, options, { redactor, print, target: target.name, seed });
    print(terminalReport(run, pc));
    return exitCodeOf(run);
  } finally {
    for (const signal of leaving) process.off(signal, interrupted);
    await target.stop();
  }
}

function chooseCases({ filter, smoke }: ServerOptions): Case[] {
  const chosen = cases.filter(
    (one) =>
      (smoke !== true || one.smoke === true) &&
      (filter === undefined || one.id.includes(filter) || one.requirements.some((id) => id.includes(filter))),
  );
  if (chosen.length === 0)
    throw new UsageError(
      `no case${smoke ? ' of --smoke' : ''} matches "${filter}"; "list" shows what there is`,
    );
  return chosen;
}

/** Where the model must listen: anywhere for a command, at a known place for a running server. */
function checkUsage(
  { command, url, mockListen, urlB, header, ca, auth, authB, json, junit }: ServerOptions,
  redactor: Redactor,
): {
  host: string;
  port: number;
} {
  if ((command === undefined) === (url === undefined)) {
    throw new UsageError('expected either --command or --url');
  }
  for (const address of [url, urlB]) {
    if (address !== undefined && (!/^wss?:\/\//.test(address) || !URL.canParse(address))) {
      throw new UsageError(`expected an address with ws:// or wss://, got "${redactor.redact(address)}"`);
    }
  }
  const nameless = header.find((line) => !/^[\w-]+\s*:/.test(line));
  if (nameless !== undefined) throw new UsageError('expected --header "Name: value", got one without a name');
  if (url !== undefined && mockListen === undefined) {
    throw new UsageError(
      "--url needs --mock-listen HOST:PORT: where the running server finds the runner's model",
    );
  }
  for (const file of [json, junit]) {
    if (file !== undefined && !existsSync(dirname(file)))
      throw new UsageError(`there is no folder for "${file}"`);
  }
  const forUrl = {
    '--auth': auth,
    '--auth-b': authB,
    '--ca': ca,
    '--url-b': urlB,
    '--mock-listen': mockListen,
  };
  for (const [name, value] of Object.entries(forUrl)) {
    if (command !== undefined && value !== undefined)
      throw new UsageError(`${name} goes with --url, not --command`);
  }
  if (authB !== undefined && authB === auth)
    throw new UsageError('--auth and --auth-b are the same credentials');
  if (authB !== undefined && auth === undefined) throw new UsageError('--auth-b needs --auth');
  if (ca !== undefined && !existsSync(ca)) throw new UsageError(`--ca: there is no file "${ca}"`);
  const [, host, port] = /^(.+):(\d+)$/.exec(mockListen ?? '127.0.0.1:0') ?? [];
  if (host === undefined) throw new UsageError(`expected --mock-listen HOST:PORT, got "${mockListen}"`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

async function listenForModel(listen: { host: string; port: number }): Promise<MockModel> {
  try {
    return await startMockModel(listen);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the runner's model cannot listen on ${listen.host}:${listen.port}: ${why}`);
  }
}

function targetOf(options: ServerOptions, model: MockModel, redactor: Redactor): Target {
  const { command, url = '', urlB, auth, authB, header, ca, insecure, startTimeout } = options;
  if (command !== undefined) return new CommandTarget(command, model.baseUrl, startTimeout);
  const headers = Object.fromEntries(
    header.map((line) => {
      const colon = line.indexOf(':');
      const value = redactor.add(line.slice(colon + 1).trim());
      // A server may repeat the credentials without their scheme, or one cookie of several.
      for (const part of value.split(/[\s;,=]+/)) if (part.length >= 8) redactor.add(part);
      return [line.slice(0, colon).trim(), value];
    }),
  );
  const principals = { a: credentials(auth, redactor), b: credentials(authB, redactor) };
  for (const address of [url, urlB]) if (address !== undefined) noteSecrets(address, redactor);
  const second = urlB === undefined ? undefined : { url: urlB, headers, ca, insecure };
  return new UrlTarget({ url, headers, ca, insecure }, principals, second);
}

/** Whatever stands in the query of an address may be a secret. */
function noteSecrets(address: string, redactor: Redactor): void {
  for (const pair of new URL(address).search.slice(1).split('&')) {
    redactor.add(pair.slice(pair.indexOf('=') + 1));
  }
}

function credentials(text: string | undefined, redactor: Redactor): Credentials | undefined {
  if (text === undefined) return undefined;
  if (/^(bearer|basic|token)?\s*$/i.test(text))
    throw new UsageError('expected --auth "scheme token", got no token');
  const [, scheme = 'bearer', token = text] = /^(\S+)\s+(\S.*)$/.exec(text) ?? [];
  return { scheme: scheme.toLowerCase(), token: redactor.add(token) };
}

/** What keeps the run from beginning, with the exit code that says so. */
async function preflight(
  runner: Runner,
  target: Target,
): Promise<{ message: string; exitCode: number } | undefined> {
  try {
    const result = await runner.preflight();
    if (result.ok) return undefined;
    if (result.kind === 'credentials') {
      return { message: `✗ no verdict: ${result.message}`, exitCode: exitCodes.usage };
    }
    if (result.kind === 'other-model') {
      const message = `✗ no verdict: ${result.message}, so no case was run.\n  ${pointing(target)}`;
      return { message, exitCode: exitCodes.usage };
    }
    return {
      message: `✗ no verdict: no Tokenwire server there: ${result.message}`,
      exitCode: exitCodes.unreachable,
    };
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    return { message: `✗ no verdict: ${error.message}`, exitCode: exitCodes.unreachable };
  }
}

function pointing(target: Target): string {
  return target.startsServers
    ? 'The command must send its model calls to $OPENAI_BASE_URL/chat/completions and hand the messages on.'
    : "Start the server with OPENAI_BASE_URL set to the model's address above, and hand the messages on.";
}

function readBaseline(file: string | undefined): Baseline | undefined {
  if (file === undefined) return undefined;
  try {
    return parseBaseline(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `the baseline cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const leaving = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Leaves at once; started servers are killed on exit. */
function interrupted(signal: NodeJS.Signals): never {
  process.exit(128 + constants.signals[signal]);
}
