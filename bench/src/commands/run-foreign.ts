/** `run --url` and `run --sse`: somebody's own server. */
import { type Command, InvalidArgumentError } from 'commander';
import { now } from '../clock.ts';
import { consent } from '../foreign/consent.ts';
import { foreignResult } from '../foreign/foreign-result.ts';
import { type Generator, measureForeign, startGenerator } from '../foreign/measure.ts';
import { DEFAULTS, type ForeignOptions, type ForeignPlan, planForeign } from '../foreign/plan-foreign.ts';
import { redact, redactResult, secretsOf } from '../foreign/secrets.ts';
import { Progress } from '../progress.ts';
import type { Result } from '../result/schema.ts';

export type { ForeignOptions } from '../foreign/plan-foreign.ts';

export function addForeignOptions(command: Command): void {
  const { maxRequests, rate, prompt, model } = DEFAULTS;
  command
    .option('--url <address>', 'instead of our own servers: a Tokenwire server, ws:// or wss://')
    .option('--sse <address>', 'an OpenAI-compatible API, or its /chat/completions; with --url compared')
    .option(
      '--max-requests <number>',
      `to --url and --sse at most, each may cost money (${maxRequests})`,
      whole,
    )
    .option('--rate <number>', `requests per second to them (${rate})`, Number)
    .option('--prompt <text>', `what to ask them ("${prompt}")`)
    .option('--model <name>', `which model to ask for (--sse: OPENAI_MODEL, ${model})`)
    .option('--header <header>', '"name: value" for --sse, repeatable; OPENAI_API_KEY is sent too', header)
    .option('--token <bearer>', 'of hello.auth for --url (TOKENWIRE_TOKEN)')
    .option('--insecure', 'take any certificate')
    .option('--yes', 'send the requests without asking');
}

/** Measures somebody's server. Undefined when it could not begin: why stands on stderr then. */
export async function runForeign(
  options: ForeignOptions,
  { command, signal }: { command: string; signal: AbortSignal },
): Promise<Result | undefined> {
  const planned = planForeign(options, process.env);
  if (!planned.ok) return complain(planned.message);
  const plan = planned.value;
  const { servers, settings, rate } = plan;
  const { temperatures, rounds } = settings;
  const agreed = await consent(
    { servers, temperatures, rounds, rate },
    { yes: options.yes === true, signal },
  );
  if (agreed === 'nobody') {
    return complain('requests can cost money, and there is no terminal to ask at: --yes sends them');
  }
  if (agreed === 'no') return complain('nothing was sent');
  await using generator = await startGenerator();
  for (const server of servers) {
    const wrong = await generator.call.check(server);
    if (wrong !== undefined) return complain(redact(wrong, secretsOf(options, plan)));
  }
  return await measure(generator, plan, options, { command, signal });
}

async function measure(
  generator: Generator,
  plan: ForeignPlan,
  options: ForeignOptions,
  { command, signal }: { command: string; signal: AbortSignal },
): Promise<Result> {
  const { servers, settings, cells } = plan;
  const startedAt = now();
  const progress = new Progress(settings.rounds * settings.windowMs);
  const onProgress = (share: number, what: string): void => progress.report(share, what);
  const measured = await measureForeign(generator, servers, settings, cells, { signal, onProgress });
  progress.done();
  const run = { command, durationMs: now() - startedAt, interrupted: signal.aborted };
  return redactResult(foreignResult(servers, settings, cells, measured, run), secretsOf(options, plan));
}

function complain(message: string): undefined {
  console.error(`tokenwire-bench: ${message}`);
}

function whole(value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw new InvalidArgumentError(`Expected a whole number, received "${value}".`);
}

function header(value: string, before: [string, string][] = []): [string, string][] {
  const match = /^([!#$%&'*+.^_`|~\w-]+):\s*([^\r\n]*)$/.exec(value);
  if (match) return [...before, [match[1] as string, match[2] as string]];
  // Not quoted: it may be a secret that was typed wrongly.
  throw new InvalidArgumentError('Expected "name: value".');
}
