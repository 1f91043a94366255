/** Reads a result file, or says in a sentence why not. */
import { readFileSync } from 'node:fs';
import { type Result, result } from '../result/schema.ts';
import { decodeHistogram } from '../stats/histogram.ts';

export type ReadResult =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: string };

const EXPECTED = 'expected a result file of tokenwire-bench, schema "tokenwire-bench/1"';
/** Of a file that is wrong everywhere, the first few say enough. */
const COMPLAINTS_SHOWN = 5;

export function readResult(file: string): ReadResult {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return complaint(file, `${reason(error)}; ${EXPECTED}`);
  }
  return parseResult(text, file);
}

/** `file` is the name for the complaint. */
export function parseResult(text: string, file: string): ReadResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return complaint(file, `not JSON (${reason(error)}); ${EXPECTED}`);
  }
  const schema = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  if (schema !== 'tokenwire-bench/1') {
    return complaint(file, `its schema is ${JSON.stringify(schema) ?? 'missing'}; ${EXPECTED}`);
  }
  const parsed = result.safeParse(json);
  if (!parsed.success) {
    const complaints = parsed.error.issues.map(({ path, message }) => `${pathText(path)}: ${message}`);
    return complaint(file, `does not fit the schema:\n${listed(complaints)}`);
  }
  const contradictions = parsed.data.cells.flatMap(contradictionsIn);
  const ids = parsed.data.cells.map(({ id }) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  contradictions.push(...twice.map((id) => `cell ${id}: there are two of it`));
  if (contradictions.length > 0) return complaint(file, `contradicts itself:\n${listed(contradictions)}`);
  return { ok: true, result: parsed.data };
}

/** What a schema cannot say: columns of one length, and summaries of as many samples as there are. */
function contradictionsIn({ id, samples, metrics }: Result['cells'][number]): string[] {
  const rows = samples.round.length;
  const columns = Object.entries(samples.columns);
  const ragged = columns
    .filter(([, column]) => column.length !== rows)
    .map(([metric, column]) => `cell ${id}: ${column.length} samples of ${metric} for ${rows} rounds`);
  const miscounted = Object.entries(metrics).flatMap(([metric, { n, histogram }]) => {
    const raw = columns.find(([name]) => name === metric)?.[1].filter((ms) => ms !== null).length ?? 0;
    const counted = countOf(histogram);
    if (raw === n && counted === n) return [];
    return [
      `cell ${id}: ${metric} says n = ${n}, with ${raw} raw samples and ${counted ?? 'an unreadable histogram instead of'} in its histogram`,
    ];
  });
  return [...ragged, ...miscounted];
}

function countOf(histogram: string): number | undefined {
  try {
    return decodeHistogram(histogram).totalCount;
  } catch {
    return undefined;
  }
}

function complaint(file: string, error: string): ReadResult {
  return { ok: false, error: `${file}: ${error}` };
}

function listed(complaints: readonly string[]): string {
  const rest = complaints.length - COMPLAINTS_SHOWN;
  const shown = complaints.slice(0, COMPLAINTS_SHOWN).map((line) => `  ${line}`);
  return [...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])].join('\n');
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text.replace(/^\./, '') || 'the file';
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
