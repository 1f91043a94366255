/** `compare`: the command around `compareResults`. */
import { type Command, InvalidArgumentError } from 'commander';
import { type RequestMetric, requestMetrics, type Result } from '../result/schema.ts';
import { type CommandOutput, processOutput } from './command-output.ts';
import { comparedMetrics, compareResults, exitCodeOf, regressionMargins } from './compare-results.ts';
import { renderComparison } from './compare-text.ts';
import { readResult } from './read-result.ts';

export { compareResults, exitCodeOf } from './compare-results.ts';
export { renderComparison } from './compare-text.ts';

interface CompareArguments {
  readonly json?: true;
  readonly metric?: RequestMetric[];
  readonly cell?: string;
  readonly marginPercent: number;
  readonly marginMs: number;
}

export function addCompareCommand(program: Command, output: CommandOutput = processOutput): void {
  program
    .command('compare')
    .description('say whether a build got slower: one result file against another')
    .argument('<before>', 'result file of the build to compare with')
    .argument('<after>', 'result file of the build in question')
    .option('--json', 'write the report as JSON')
    .option(
      '--metric <name>',
      `only this metric; may be repeated (default: ${comparedMetrics.join(', ')})`,
      metrics,
    )
    .option('--cell <text>', 'only cells whose id contains this')
    .option('--margin-percent <n>', 'what is less is no change', margin, regressionMargins.relative * 100)
    .option('--margin-ms <n>', 'nor what is less than this', margin, regressionMargins.absoluteMs)
    .addHelpText(
      'after',
      '\nExit codes: 0 no regression · 1 regression · 2 wrong usage, unreadable file, or runs that are not comparable\n            4 nothing could be compared',
    )
    .action((before: string, after: string, options: CompareArguments) => {
      compare([before, after], options, output);
    });
}

function compare(
  files: readonly string[],
  options: CompareArguments,
  { out, err, exit, color }: CommandOutput,
): void {
  const results: Result[] = [];
  for (const file of files) {
    const read = readResult(file);
    if (read.ok) results.push(read.result);
    else err(`${read.error}\n`);
  }
  const [a, b] = results;
  if (a === undefined || b === undefined) return exit(2);
  const report = compareResults(a, b, {
    margins: { relative: options.marginPercent / 100, absoluteMs: options.marginMs },
    ...(options.metric && { metrics: options.metric }),
    ...(options.cell !== undefined && { cell: options.cell }),
  });
  out(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderComparison(report, { color }));
  return exit(exitCodeOf(report));
}

function metrics(name: string, before: RequestMetric[] = []): RequestMetric[] {
  const metric = requestMetrics.find((known) => known === name);
  if (metric === undefined) throw new InvalidArgumentError(`expected one of ${requestMetrics.join(', ')}.`);
  return [...new Set([...before, metric])];
}

function margin(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('expected a number, zero or more.');
  }
  return value;
}
