import { describe, expect, it } from 'vitest';
import { type Effect, interpret, type Waits } from '../src/interpret.ts';
import type { Script } from '../src/index.ts';

const noWaits: Waits = {
  delay: async () => {},
  barrier: async () => true,
  hang: async () => {},
};

const run = (script: Script, waits = noWaits, signal = new AbortController().signal): Promise<Effect[]> =>
  Array.fromAsync(interpret(script, waits, signal));

describe('interpret', () => {
  it('ends a script that does not end itself', async () => {
    expect(await run([])).toEqual([{ kind: 'end', how: 'eof', sentinel: false }]);
  });

  it('sends [DONE] together with the end', async () => {
    const end = { kind: 'end', how: 'done', sentinel: true };
    expect(await run([{ kind: 'done' }])).toEqual([end]);
    expect(await run([{ kind: 'done' }, { kind: 'eof' }])).toEqual([end]);
  });

  it('says nothing any more once the signal has aborted', async () => {
    const abort = new AbortController();
    const waits: Waits = { ...noWaits, delay: async () => abort.abort() };
    const script: Script = [{ kind: 'accept' }, { kind: 'delay', ms: 1 }, { kind: 'done' }];
    expect(await run(script, waits, abort.signal)).toEqual([{ kind: 'accept' }]);
  });

  it('resets when a barrier was not opened', async () => {
    const waits: Waits = { ...noWaits, barrier: async () => false };
    expect(await run([{ kind: 'barrier', name: 'x' }, { kind: 'done' }], waits)).toEqual([{ kind: 'reset' }]);
  });

  it('does nothing after a refusal, an end or a reset', async () => {
    for (const last of [{ kind: 'refuse', status: 500 }, { kind: 'eof' }, { kind: 'reset' }] as const) {
      expect(await run([last, { kind: 'text', text: 'never' }])).toHaveLength(1);
    }
  });
});
