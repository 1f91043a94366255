/** What must appear in no report, by whatever way it came there. */
import type { Result } from '../result/schema.ts';
import type { ForeignOptions, ForeignPlan } from './plan-foreign.ts';

/** Shorter ones protect nothing, and would be found in every word. */
const LEAST_CHARACTERS = 4;

/** Each with what stands in its place. */
export function secretsOf(
  { url, sse, header = [] }: ForeignOptions,
  { servers }: ForeignPlan,
): Map<string, string> {
  const secrets = new Map<string, string>();
  for (const { transport, address, token, headers } of servers) {
    const raw = transport === 'websocket' ? url : sse;
    if (raw !== undefined && hasSecret(raw)) secrets.set(raw, address);
    const values = [token, ...Object.values(headers), ...header.map(([, value]) => value)];
    for (const value of values) {
      for (const secret of [value ?? '', value?.replace(/^(Bearer|Basic) /i, '') ?? '']) {
        if (secret.length >= LEAST_CHARACTERS) secrets.set(secret, '…');
      }
    }
  }
  return secrets;
}

const hasSecret = (address: string): boolean => /\/\/[^/]*@|\?/.test(address);

/** The text without them; the longest first, for one can hold another. */
export function redact(text: string, secrets: ReadonlyMap<string, string>): string {
  const longestFirst = [...secrets].toSorted(([a], [b]) => b.length - a.length);
  return longestFirst.reduce((clean, [secret, instead]) => clean.replaceAll(secret, instead), text);
}

/** Servers quote what they refuse, and a command line holds what was typed. */
export function redactResult(result: Result, secrets: ReadonlyMap<string, string>): Result {
  const clean = (text: string): string => redact(text, secrets);
  const cells = result.cells.map((cell) => ({
    ...cell,
    errors: cell.errors.map(({ message, count }) => ({ message: clean(message), count })),
    violations: cell.violations.map((violation) => ({ ...violation, actual: clean(violation.actual) })),
  }));
  return { ...result, command: clean(result.command), void: result.void.map(clean), cells };
}
