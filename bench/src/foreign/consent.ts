/** Requests to somebody's server can cost money: what will be sent is said first, and asked for. */
import { createInterface } from 'node:readline/promises';
import { duration } from '../progress.ts';
import type { ForeignServer } from './server.ts';

export interface Estimate {
  servers: readonly ForeignServer[];
  temperatures: readonly string[];
  rounds: number;
  rate: number;
}

/** What will be sent, in words. */
export function estimateText({ servers, temperatures, rounds, rate }: Estimate): string {
  const requests = servers.length * temperatures.length * rounds;
  const each = temperatures.map((temperature) => `${rounds} ${temperature}`).join(' and ');
  const shared = servers.every(({ target: { tls } }) => tls === servers[0]?.target.tls);
  return [
    ...servers.map(({ address, model }) => `${each} to ${address}, model: ${model ?? "the server's choice"}`),
    ...(shared ? [] : ['they will not be compared: one is asked over TLS, the other is not']),
    `prompt: ${JSON.stringify(servers[0]?.prompt ?? '')}`,
    `together ${requests} requests, each of them a call of a model that somebody pays for`,
    `${rate} per second on average: about ${duration((requests / rate) * 1000)}, and what the last answer takes`,
  ].join('\n');
}

/** Yes, no, or nobody there to ask. Says what was estimated either way. */
export async function consent(
  estimate: Estimate,
  { yes, signal }: { yes: boolean; signal: AbortSignal },
): Promise<'yes' | 'no' | 'nobody'> {
  console.error(estimateText(estimate));
  if (yes) return 'yes';
  if (!process.stdin.isTTY || !process.stderr.isTTY) return 'nobody';
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal takes Ctrl-C for itself here.
  terminal.once('SIGINT', () => terminal.close());
  try {
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question('Send them? [y/N] ', { signal }), closed]);
    return /^y(es)?$/i.test(answer.trim()) ? 'yes' : 'no';
  } catch {
    return 'no';
  } finally {
    terminal.close();
  }
}
