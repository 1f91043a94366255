/** `run --url` and `run --sse`: somebody's own server. */
import type { Command } from 'commander';
import type { Result } from '../result/schema.ts';

export interface ForeignOptions {
  url?: string;
  sse?: string;
  maxRequests?: number;
}

export function addForeignOptions(command: Command): void {
  command.option('--url <address>', 'a Tokenwire server, ws:// or wss://');
}

export async function runForeign(
  _options: ForeignOptions,
  _run: { command: string; signal: AbortSignal },
): Promise<Result | undefined> {
  return undefined;
}
