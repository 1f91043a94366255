/** Copies of the benchmark's sources, one of them broken on purpose, and their calibration as processes of their own. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
/** Inside the package: from elsewhere the packages that are imported by name would not be found. */
const COPIES = fileURLToPath(new URL('../../.mutants', import.meta.url));

/** One place of one file, as it is and as it shall be. */
export interface Edit {
  file: string;
  from: string;
  to: string;
}

export interface Calibration {
  exitCode: number;
  /** The lines of the checks that did not find what they should. */
  failed: string[];
}

export class BrokenCopy implements Disposable {
  readonly #folder: string;

  /** Throws when a place is not there exactly once: a mutant that changes nothing would prove nothing. */
  constructor(edits: readonly Edit[]) {
    this.#folder = join(COPIES, `${process.pid}-${crypto.randomUUID()}`);
    mkdirSync(this.#folder, { recursive: true });
    // Whatever becomes of this process: nobody commits, formats or lints a copy.
    writeFileSync(join(COPIES, '.gitignore'), '*\n');
    cpSync(SOURCES, join(this.#folder, 'src'), { recursive: true });
    try {
      for (const edit of edits) this.#apply(edit);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  #apply({ file, from, to }: Edit): void {
    const path = join(this.#folder, 'src', file);
    const [before, after, ...more] = readFileSync(path, 'utf8').split(from);
    if (before === undefined || after === undefined || more.length > 0) {
      const times = after === undefined ? 0 : more.length + 1;
      throw new Error(`expected "${from}" once in ${file}, found it ${times} times: adapt the mutant`);
    }
    writeFileSync(path, before + to + after);
  }

  /** `tokenwire-bench calibrate --only GROUPS` of this copy. */
  calibrate(groups: string, timeoutMs: number): Promise<Calibration> {
    const cli = join(this.#folder, 'src', 'cli.ts');
    const parameters = ['--conditions=tw-source', cli, 'calibrate', '--only', groups];
    return new Promise((resolve, reject) => {
      execFile(
        process.execPath,
        parameters,
        { cwd: dirname(SOURCES), timeout: timeoutMs, env: { ...process.env, NO_COLOR: '1' } },
        (error, stdout, stderr) => {
          const failed = stdout.split('\n').filter((line) => line.startsWith('✗'));
          // One that broke down has found nothing, whatever its exit code.
          if (/^(all )?\d+ .*found$/m.test(stdout)) resolve({ exitCode: Number(error?.code ?? 0), failed });
          else reject(new Error(`calibration did not come to its end: ${stdout}${stderr}`, { cause: error }));
        },
      );
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** When no copy is left. */
  static removeAll(): void {
    rmSync(COPIES, { recursive: true, force: true });
  }
}
