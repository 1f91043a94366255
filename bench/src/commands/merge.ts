/** `merge`: the command around `mergeResults`. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type CommandOutput, processOutput } from './command-output.ts';
import { type MergeOptions, mergeResults, type NamedResult } from './merge-results.ts';
import { readResult } from './read-result.ts';

export { type MergeOptions, mergeResults } from './merge-results.ts';

export function addMergeCommand(
  program: Command,
  output: CommandOutput = processOutput,
  options: MergeOptions = {},
): void {
  program
    .command('merge')
    .description('make one result file of several runs of the same settings on the same machine')
    .argument('<files...>', 'result files, two or more')
    .option('--out <file>', 'write the result there instead of to standard output')
    .addHelpText(
      'after',
      '\nExit codes: 0 merged · 2 wrong usage, unreadable file, or runs that cannot be merged honestly',
    )
    .action((files: string[], { out }: { out?: string }) => merge(files, out, output, options));
}

function merge(
  files: readonly string[],
  to: string | undefined,
  output: CommandOutput,
  options: MergeOptions,
): void {
  const runs: NamedResult[] = [];
  for (const file of files) {
    const read = readResult(file);
    if (read.ok) runs.push({ file, result: read.result });
    else output.err(`${read.error}\n`);
  }
  if (runs.length < files.length) return output.exit(2);
  const merged = mergeResults(runs, options);
  if (!merged.ok) {
    output.err(
      ['these runs cannot be merged:', ...merged.errors.map((error) => `  - ${error}`), ''].join('\n'),
    );
    return output.exit(2);
  }
  for (const note of merged.notes) output.err(`note: ${note}\n`);
  const text = `${JSON.stringify(merged.result)}\n`;
  if (to === undefined) {
    output.out(text);
    return output.exit(0);
  }
  try {
    writeFileSync(to, text);
  } catch (error) {
    output.err(`${to}: cannot be written (${error instanceof Error ? error.message : String(error)})\n`);
    return output.exit(2);
  }
  return output.exit(0);
}
