/** `tokenwire-bench calibrate`: does the benchmark find what was put there? */
import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { CALIBRATE_MS, calibrate, groupNames } from '../calibrate/calibrate.ts';
import { compareSame, SAME_METRIC, SAME_MS } from '../calibrate/same.ts';
import type { Check } from '../calibrate/check.ts';
import { duration, Progress } from '../progress.ts';

interface CliOptions {
  same?: number | true;
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
    .option('--same [comparisons]', `compare the same with itself, 200 times: ${SAME_METRIC}`, times)
    .option('--json <file>', 'write the checks there')
    .addHelpText('after', '\nExit codes: 0 everything was found · 1 something was not · 2 wrong usage')
    .action(async (options: CliOptions) => {
      process.exitCode = await run(options);
    });
}

async function run({ only, json, same }: CliOptions): Promise<number> {
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort());
  if (same !== undefined) return await runSame(same === true ? 200 : same, stopped.signal, json);
  const progress = new Progress(CALIBRATE_MS);
  if (!only) console.error(`about ${duration(CALIBRATE_MS)}`);
  const onProgress = (share: number, what: string): void => progress.report(share, what);
  const checks = await calibrate({ ...(only && { only }), signal: stopped.signal, onProgress });
  progress.done();
  for (const check of checks) console.log(lineOf(check));
  const failed = checks.filter(({ ok }) => !ok).length;
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ checks }, null, 2)}\n`);
  const skips = checks.filter((check) => check.skipped !== undefined).length;
  const tried = checks.length - skips;
  const verdict = failed === 0 ? `all ${tried} were found` : `${failed} of ${tried} were not found`;
  console.log(skips === 0 ? verdict : `${verdict}, ${skips} skipped`);
  return failed === 0 && !stopped.signal.aborted ? 0 : 1;
}

/** 95 % intervals miss 5 in 100; more than 9 in 100 of them is more than chance. */
const MOST_FALSE = 0.09;

async function runSame(comparisons: number, signal: AbortSignal, json: string | undefined): Promise<number> {
  const progress = new Progress(comparisons * SAME_MS);
  const onProgress = (share: number, what: string): void => progress.report(share, what);
  const result = await compareSame({ comparisons, signal, onProgress });
  progress.done();
  const most = Math.floor(result.comparisons * MOST_FALSE);
  if (json !== undefined)
    writeFileSync(json, `${JSON.stringify({ metric: SAME_METRIC, ...result, most }, null, 2)}\n`);
  console.log(
    `${SAME_METRIC}: ${result.falseDifferences} false differences in ${result.comparisons} comparisons, at most ${most}`,
  );
  return result.comparisons === comparisons && result.falseDifferences <= most ? 0 : 1;
}

const color = pc.createColors(process.stdout.isTTY && !process.env['NO_COLOR']);

function lineOf({ name, injected, expected, measured, ok, skipped }: Check): string {
  if (skipped !== undefined) return `${color.yellow('–')} ${name}: skipped, ${skipped}`;
  const mark = ok ? color.green('✓') : color.red('✗');
  return `${mark} ${name.padEnd(44)} ${color.dim(injected.padEnd(32))} ${expected} → ${measured}`;
}

function times(value: string): number {
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new InvalidArgumentError(`Expected a whole number from 1, received "${value}".`);
}

function groupList(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  const strange = names.find((name) => !groupNames.includes(name));
  if (strange === undefined) return names;
  throw new InvalidArgumentError(`Expected some of ${groupNames.join(', ')}, received "${strange}".`);
}
