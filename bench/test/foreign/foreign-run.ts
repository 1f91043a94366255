/** Runs against servers of others, with what they say to people kept. */
import { type MockModel, say, startMockModel } from '@tokenwire/mock-llm';
import { onTestFinished, vi } from 'vitest';
import { runForeign } from '../../src/commands/run-foreign.ts';
import type { ForeignOptions } from '../../src/foreign/plan-foreign.ts';
import { type Result, result as schema } from '../../src/result/schema.ts';

export const WORDS = ['Warm', ' air', ' rises', '.'];

/** What was said on stderr in this test. */
export const complaints: string[] = [];

/** To be called before each test. Returns what ends it. */
export function listen(): () => void {
  complaints.length = 0;
  vi.stubEnv('OPENAI_API_KEY', 'sk-hush');
  vi.stubEnv('TOKENWIRE_TOKEN', '');
  const spy = vi.spyOn(console, 'error').mockImplementation((text) => void complaints.push(String(text)));
  return () => {
    spy.mockRestore();
    vi.unstubAllEnvs();
  };
}

export async function model(defaultScript = say(WORDS)): Promise<MockModel> {
  const started = await startMockModel({ defaultScript });
  onTestFinished(() => started.close());
  return started;
}

export async function run(
  options: ForeignOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<Result | undefined> {
  const command = `run --token ${options.token} --header 'authorization: Bearer sk-hush'`;
  const result = await runForeign({ rate: 20, yes: true, ...options }, { command, signal });
  return result && schema.parse(result);
}

export function sum(result: Result | undefined, column: 'measured' | 'failed'): number {
  return (result?.cells ?? []).reduce((total, cell) => total + cell[column], 0);
}
