/** Writes the reports that were asked for. */
import { appendFileSync, writeFileSync } from 'node:fs';
import type { Redactor } from '../redact.ts';
import type { CaseResult, RunResult } from '../result.ts';
import { annotations, jobSummary } from './github.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';

/** Which reports were asked for; files, or `-` for standard output. */
export interface ReportOptions {
  json?: string;
  junit?: string;
  github?: boolean;
}

export interface ReportTo {
  redactor: Redactor;
  print: (text: string) => void;
  target: string;
  seed: number;
}

/** The reports that were asked for, without secrets. */
export function writeReports(
  found: RunResult,
  { json, junit, github }: ReportOptions,
  { redactor, print, target, seed }: ReportTo,
): void {
  // Before anything is escaped: a secret must be found in the form in which it was given.
  const run = {
    ...found,
    results: found.results.map((result) => ({ ...result, ...cleaned(result, redactor) })),
  };
  if (json !== undefined) {
    const report = redactor.redactAll(jsonReport(run, { target, seed }));
    writeReport(json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (junit !== undefined) writeReport(junit, redactor.redact(junitReport(run)));
  if (github !== true) return;
  print(annotations(run));
  const summary = process.env['GITHUB_STEP_SUMMARY'];
  if (summary !== undefined)
    appendFileSync(summary, redactor.redact(jobSummary(run, redactor.redact(target))));
}

function writeReport(file: string, text: string): void {
  if (file === '-') process.stdout.write(text);
  else writeFileSync(file, text);
}

/** What a server or a command may have put into a result. */
function cleaned({ reason, violations, events }: CaseResult, redactor: Redactor): Partial<CaseResult> {
  return redactor.redactAll({ ...(reason === undefined ? {} : { reason }), violations, events });
}
