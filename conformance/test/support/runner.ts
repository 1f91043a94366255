/** Runs `tokenwire-conformance` as anybody would: as a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { delimiter } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const bin = path('../../bin/tokenwire-conformance.js');
const bins = path('../../../node_modules/.bin');
/** Dozens of processes load the same modules: compiled once. */
const cache = path('../../../node_modules/.cache/conformance-test');

/** The environment in which the commands of this repository are on the PATH. */
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [bins, process.env['PATH']].join(delimiter),
  NODE_COMPILE_CACHE: cache,
  NO_COLOR: '1',
};

/** No run of these tests takes longer, on a machine that has other things to do as well. */
const RUN_MS = 60_000;

/** The report as report.schema.json describes it, as far as tests read it. */
export interface Report {
  summary: Record<string, number> & { exit_code: number; gone?: string };
  target: { name: string; levels: string[] };
  seed: number;
  cases: {
    id: string;
    verdict: string;
    reason?: string;
    violations?: { requirement: string; expected: string; actual: string }[];
    trace?: string[];
  }[];
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A run that is under way. */
export class Run implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    mkdirSync(cache, { recursive: true });
    const child = spawn(process.execPath, [bin, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, ...env },
      timeout: RUN_MS,
      killSignal: 'SIGINT',
    });
    this.child = child;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.stdout += chunk;
    });
    const both = Promise.all([readAll(child.stderr), once(child, 'close')]);
    this.finished = both.then(([stderr, [code]]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr,
    }));
  }

  /** Waits until standard output has this. */
  async prints(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      const went = await Promise.race([once(this.child.stdout as object as never, 'data'), this.finished]);
      if ('code' in went) throw new Error(`ended without printing "${text}": ${went.stdout}${went.stderr}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGINT');
    await this.finished;
  }
}

/** `tokenwire-conformance …`, to its end. */
export function run(...args: string[]): Promise<Finished> {
  return new Run(args).finished;
}

/** `tokenwire-conformance server …`, to its end, with its report. */
export async function judged(...args: string[]): Promise<Finished & { report: Report }> {
  const finished = await run('server', ...args, '--json', '-');
  try {
    return { ...finished, report: JSON.parse(finished.stdout) as Report };
  } catch {
    throw new Error(`no report, exit code ${finished.code}\n${finished.stdout}\n${finished.stderr}`);
  }
}
