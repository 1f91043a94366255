/** What was measured on: the machine and the versions of what matters. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Result } from '../result/schema.ts';

const PACKAGES = [
  'ws',
  'openai',
  'eventsource-parser',
  'zod',
  'socket.io',
  'ai',
  'autocannon',
  'tinybench',
  'hdr-histogram-js',
];

export function machine(): Result['machine'] {
  const [cpu] = cpus();
  return {
    os: `${type()} ${release()}`,
    arch: arch(),
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_mb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    versions: Object.fromEntries(PACKAGES.flatMap((name) => versionOf(name) ?? [])),
    commit: commitOf(),
  };
}

/** From the checkout's lock: what is installed, whoever of the workspaces asked for it. */
function versionOf(name: string): [string, string][] | undefined {
  try {
    const lock = new URL('../../../package-lock.json', import.meta.url);
    const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    const found = packages[`node_modules/${name}`];
    return found && [[name, found.version]];
  } catch {
    return undefined;
  }
}

function commitOf(): string | null {
  try {
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const git = (...parameters: string[]): string =>
      execFileSync('git', parameters, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes';
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`;
  } catch {
    return null;
  }
}
