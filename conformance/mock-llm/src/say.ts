import type { Script, Step, Usage } from './step.ts';

export interface SayOptions {
  /** A pause before each text, in milliseconds. */
  delayMs?: number;
  /** Puts a barrier before each text, named '0', '1', … in order. */
  gate?: boolean;
  /** The finish reason, by default 'stop'; false leaves the finish chunk out. */
  finish?: string | false;
  /** Sent behind the finish reason, in a stream only when the request asked for `include_usage`. */
  usage?: Usage;
}

/** A whole answer: role, the texts as one token each, finish reason, usage, [DONE]. */
export function say(texts: readonly string[], options: SayOptions = {}): Script {
  const { delayMs, gate = false, finish: reason = 'stop', usage } = options;
  const script: Script = [role()];
  for (const [index, token] of texts.entries()) {
    if (gate) script.push(barrier(String(index)));
    if (delayMs !== undefined) script.push(delay(delayMs));
    script.push(text(token));
  }
  if (reason !== false) script.push(finish(reason));
  if (usage) script.push({ kind: 'usage', ...usage });
  return [...script, done()];
}

/** The role-only chunk that a model begins with. */
export const role = (): Step => ({ kind: 'role' });

/** One token; `cutAt` are offsets into its UTF-8 bytes at which the socket write is split. */
export const text = (text: string, cutAt?: number[]): Step =>
  cutAt ? { kind: 'text', text, cutAt } : { kind: 'text', text };

/** Waits until `release(key, name)`. */
export const barrier = (name: string): Step => ({ kind: 'barrier', name });

/** Waits for `ms` milliseconds. */
export const delay = (ms: number): Step => ({ kind: 'delay', ms });

/** Waits until the peer goes away. */
export const hang = (): Step => ({ kind: 'hang' });

/** An HTTP error instead of an answer; without a body it gets OpenAI's error shape. */
export const refuse = (status: number, headers: Record<string, string> = {}): Step => ({
  kind: 'refuse',
  status,
  headers,
});

/** The chunk with the finish reason. */
export const finish = (reason: string): Step => ({ kind: 'finish', reason });

/** The [DONE] sentinel. */
export const done = (): Step => ({ kind: 'done' });

const PARAGRAPH =
  'Rivers rarely hurry , yet they always arrive . They greet each stone , learn its shape , ' +
  'and carry a little of it along . By evening the valley is full of quiet light , and the water ' +
  'tells the reeds where it has been . If you sit still for a while , you will hear the whole story , ' +
  'one small word at a time .';

/** What the model answers when no marker asks for anything else. */
export function defaultReply(delayMs: number = 30): Script {
  const words = PARAGRAPH.split(' ');
  const texts = words.map((word, index) => (index === 0 || /^[,.]/.test(word) ? word : ` ${word}`));
  return say(texts, { delayMs, usage: { input_tokens: 12, output_tokens: texts.length } });
}
