/** `tokenwire-bench calibrate`: does the benchmark find what was put there? */
import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { CALIBRATE_MS, calibrate, groupNames } from '../calibrate/calibrate.ts';
import type { Check } from '../calibrate/check.ts';
import { duration, Progress } from '../progress.ts';

interface CliOptions {
  only?: string[];
  json?: string;
}

export function addCalibrateCommand(program: Command): void {
  program
    .command('calibrate')
    .description(
      'inject known delays and faults, and check that the benchmark recovers or flags each of them',
    )
    .option('--only <groups>', `of ${groupNames.join(', ')}`, groupList)
    .option('--json <file>', 'write the checks there')
    .addHelpText('after', '\nExit codes: 0 everything was found · 1 something was not · 2 wrong usage')
    .action(async (options: CliOptions) => {
      process.exitCode = await run(options);
    });
}

async function run({ only, json }: CliOptions): Promise<number> {
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort());
  const progress = new Progress(CALIBRATE_MS);
  if (!only) console.error(`about ${duration(CALIBRATE_MS)}`);
  const onProgress = (share: number, what: string): void => progress.report(share, what);
  const checks = await calibrate({ ...(only && { only }), signal: stopped.signal, onProgress });
  progress.done();
  for (const check of checks) console.log(lineOf(check));
  const failed = checks.filter(({ ok }) => !ok).length;
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ checks }, null, 2)}\n`);
  console.log(
    failed === 0 ? `all ${checks.length} were found` : `${failed} of ${checks.length} were not found`,
  );
  return failed === 0 && !stopped.signal.aborted ? 0 : 1;
}

const color = pc.createColors(process.stdout.isTTY && !process.env['NO_COLOR']);

function lineOf({ name, injected, expected, measured, ok, skipped }: Check): string {
  if (skipped !== undefined) return `${color.yellow('–')} ${name}: skipped, ${skipped}`;
  const mark = ok ? color.green('✓') : color.red('✗');
  return `${mark} ${name.padEnd(44)} ${color.dim(injected.padEnd(32))} ${expected} → ${measured}`;
}

function groupList(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  const strange = names.find((name) => !groupNames.includes(name));
  if (strange === undefined) return names;
  throw new InvalidArgumentError(`Expected some of ${groupNames.join(', ')}, received "${strange}".`);
}
