import { type ChatEvent, eventsOf } from './chat-event.ts';
import type { Script, Step } from './step.ts';

/** What the shell has to do next. `end` and `refuse` are the last. */
export type Effect =
  | { kind: 'refuse'; status: number; headers: Record<string, string>; body: unknown }
  | { kind: 'accept' }
  | { kind: 'events'; events: ChatEvent[]; cutAt?: number[] }
  | { kind: 'sentinel' }
  | { kind: 'malformed'; raw: string | undefined }
  | { kind: 'end'; how: 'done' | 'eof'; sentinel: boolean }
  | { kind: 'reset' };

/** Everything that takes time. All of it resolves early when the signal aborts. */
export interface Waits {
  delay(ms: number, signal: AbortSignal): Promise<void>;
  /** Resolves false when the barrier was not opened. */
  barrier(name: string, signal: AbortSignal): Promise<boolean>;
  hang(signal: AbortSignal): Promise<void>;
}

/** Runs a script up to its end, or until the signal says that the peer is gone. */
export async function* interpret(
  script: Script,
  waits: Waits,
  signal: AbortSignal,
): AsyncGenerator<Effect, void, void> {
  let done = false;
  for (const [position, step] of script.entries()) {
    const inTime = await waitFor(step, waits, signal);
    if (signal.aborted) return;
    if (!inTime) {
      yield { kind: 'reset' };
      return;
    }
    const following = script[position + 1]?.kind;
    // [DONE] and the end leave in one write: a peer that hangs up on [DONE] did not go early.
    const last = step.kind === 'done' && (following === undefined || following === 'eof');
    if (last) {
      yield { kind: 'end', how: 'done', sentinel: true };
      return;
    }
    done ||= step.kind === 'done';
    const effect = effectOf(step, done);
    if (effect) yield effect;
    if (effect?.kind === 'refuse' || effect?.kind === 'end' || effect?.kind === 'reset') return;
    if (signal.aborted) return;
  }
  yield { kind: 'end', how: done ? 'done' : 'eof', sentinel: false };
}

/** Resolves false when it waited in vain. */
async function waitFor(step: Step, waits: Waits, signal: AbortSignal): Promise<boolean> {
  if (step.kind === 'barrier') return waits.barrier(step.name, signal);
  if (step.kind === 'delay') await waits.delay(step.ms, signal);
  if (step.kind === 'hang') await waits.hang(signal);
  return step.kind !== 'hang';
}

function effectOf(step: Step, done: boolean): Effect | undefined {
  switch (step.kind) {
    case 'delay':
    case 'barrier':
    case 'hang':
      return undefined;
    case 'refuse':
      return { kind: 'refuse', status: step.status, headers: step.headers ?? {}, body: step.body };
    case 'accept':
      return { kind: 'accept' };
    case 'text':
      return { kind: 'events', events: eventsOf(step), ...(step.cutAt && { cutAt: step.cutAt }) };
    case 'role':
    case 'batch':
    case 'reasoning':
    case 'tool_call':
    case 'refusal':
    case 'finish':
    case 'usage':
      return { kind: 'events', events: eventsOf(step) };
    case 'done':
      return { kind: 'sentinel' };
    case 'malformed':
      return { kind: 'malformed', raw: step.raw };
    case 'eof':
      return { kind: 'end', how: done ? 'done' : 'eof', sentinel: false };
    case 'reset':
      return { kind: 'reset' };
    default:
      return step satisfies never;
  }
}
