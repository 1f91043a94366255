/** `report`: makes the reports of a result file again. */
import { basename, dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type ReportFormat, renderTerminal, reportFormats, writeReports } from '../report/index.ts';
import { type CommandOutput, processOutput } from './command-output.ts';
import { readResult } from './read-result.ts';

interface ReportArguments {
  readonly out?: string;
  readonly format: readonly ReportFormat[];
}

const defaults: readonly ReportFormat[] = ['html', 'md', 'csv'];

/** Adds the command to the program. */
export function addReportCommand(program: Command, output: CommandOutput = processOutput): void {
  program
    .command('report')
    .description('make the reports of a result file again')
    .argument('<result>', 'result file, JSON')
    .option('--out <directory>', 'where to write them (default: beside the result file)')
    .option('--format <list>', `which of ${reportFormats.join(', ')}`, formats, defaults)
    .addHelpText('after', '\nExit codes: 0 written · 2 wrong usage, unreadable file, or no place to write')
    .action((file: string, options: ReportArguments) => report(file, options, output));
}

function report(file: string, { out: directory, format }: ReportArguments, output: CommandOutput): void {
  const { out, err, exit, color } = output;
  const read = readResult(file);
  if (!read.ok) {
    err(`${read.error}\n`);
    return exit(2);
  }
  const target = resolve(directory ?? dirname(file));
  try {
    const files = writeReports(read.result, target, basename(file).replace(/\.json$/i, ''), format);
    out(renderTerminal(read.result, { color, files }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    err(`expected a directory to write to, ${target} is none: ${reason}; choose another with --out\n`);
    exit(2);
  }
}

function formats(text: string): readonly ReportFormat[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  return names.map((name) => {
    const found = reportFormats.find((known) => known === name);
    if (found === undefined)
      throw new InvalidArgumentError(
        `expected some of ${reportFormats.join(', ')}, came "${name}"; for example html,md.`,
      );
    return found;
  });
}
