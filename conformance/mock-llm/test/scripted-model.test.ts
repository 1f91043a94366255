import { describe, expect, it } from 'vitest';
import { type MockModel, say, startMockModel, text } from '../src/index.ts';
import { events, post, RawPeer, streaming } from './wire.ts';

describe('a barrier', () => {
  it('releases one token at a time, in order', async () => {
    await using model = await startMockModel();
    using peer = new RawPeer(model, streaming(model.script('k', say(['a', 'b', 'c'], { gate: true }))));
    for (const [index, token] of ['a', 'b', 'c'].entries()) {
      model.release('k', String(index));
      await model.journal.until({ kind: 'written', index });
      await peer.until(`"content":"${token}"`);
      expect(model.journal.of('k').filter(({ kind }) => kind === 'written')).toHaveLength(index + 1);
    }
    await model.journal.until({ kind: 'ended', how: 'done' });
  });

  it('may be opened before the call comes, and stays open for the next call', async () => {
    await using model = await startMockModel();
    const marker = model.script('k', say(['a', 'b'], { gate: true }));
    model.release('k', '1');
    model.release('k', '0');
    await post(model, streaming(marker));
    await post(model, streaming(marker));
    expect(model.journal.calls('k')).toHaveLength(2);
  });

  it('opens with all others of its key', async () => {
    await using model = await startMockModel();
    const answer = post(model, streaming(model.script('k', say(['a', 'b'], { gate: true }))));
    await model.journal.until({ kind: 'received', key: 'k' });
    model.releaseAll('k');
    expect(events((await answer).text)).toHaveLength(5);
  });

  it('refuses a key or a name that no script has', async () => {
    await using model = await startMockModel();
    model.script('k', say(['a'], { gate: true }));
    expect(() => model.release('other', '0')).toThrow('no script is registered under "other"');
    expect(() => model.release('k', '7')).toThrow('no barrier "7" in this script; it has 0');
  });
});

const contentOf = async (model: MockModel, ...messages: object[]): Promise<unknown> => {
  const { text } = await post(model, { model: 'm', messages });
  return JSON.parse(text).choices?.[0].message.content ?? JSON.parse(text).error;
};
const user = (content: unknown): object => ({ role: 'user', content });

describe('a marker', () => {
  it('counts in the last user message that has one', async () => {
    await using model = await startMockModel();
    const first = model.script('first', [text('1')]);
    const second = model.script('second_-2', [text('2')]);
    const system = { role: 'system', content: first };
    expect(await contentOf(model, user(first), user(second), user('and now?'), system)).toBe('2');
  });

  it('is found in content parts', async () => {
    await using model = await startMockModel();
    const marker = model.script('parts', [text('p')]);
    const parts = [
      { type: 'image_url', image_url: { url: 'x' } },
      { type: 'text', text: `see ${marker}` },
    ];
    expect(await contentOf(model, user(parts))).toBe('p');
  });

  it('may carry its steps itself', async () => {
    await using model = await startMockModel();
    const steps = [
      { kind: 'batch', texts: ['a]]', '"[b'] },
      { kind: 'finish', reason: 'stop' },
    ];
    expect(await contentOf(model, user(`hi [[steps:${JSON.stringify(steps)}]] there`))).toBe('a]]"[b');
    expect(model.journal.entries[0]).toMatchObject({ kind: 'received', key: undefined });
  });

  it.each([
    ['[[steps:[{"kind":"sing"}]]]', /^wrong steps .*0\.kind/],
    ['[[steps:[{]]]', /^wrong steps/],
    ['[[steps:[{"kind":"done"}', /does not end/],
    ['[[steps:[{"kind":"barrier","name":"x"}]]]', /nobody could open it/],
  ])('says what is wrong with %s', async (content, message) => {
    await using model = await startMockModel();
    expect(await contentOf(model, user(content))).toMatchObject({
      type: 'invalid_request_error',
      message: expect.stringMatching(message),
    });
  });
});

describe('a request that is wrong', () => {
  it.each([
    ['{', /^expected a JSON object as the body: /],
    ['[]', /expected object, received array/],
    ['{"model":"m"}', /^messages: .*expected array, received undefined/],
    ['{"model":"m","messages":[]}', /^messages: /],
    ['{"model":"m","messages":[{"role":"user","content":7}]}', /^messages\.0\.content: .*received number/],
    [
      '{"model":"m","messages":[{"role":"user"}],"stream":"yes"}',
      /^stream: .*expected boolean, received string/,
    ],
    ['{"model":"m","messages":[{"role":"user"}],"n":2}', /^n: .*expected 1/],
  ])('is refused with what was expected: %s', async (body, message) => {
    await using model = await startMockModel();
    const answer = await post(model, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error).toMatchObject({
      type: 'invalid_request_error',
      message: expect.stringMatching(message),
    });
    expect(model.journal.entries.map(({ kind }) => kind)).toEqual(['received', 'refused']);
  });

  it('gets a 404 on an unknown path', async () => {
    await using model = await startMockModel();
    const response = await fetch(`${model.baseUrl}/embeddings`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { message: /received POST \/v1\/embeddings$/ } });
  });
});

describe('a script that is wrong', () => {
  it.each([
    ['key', 'a b', [], 'a script key has only'],
    ['kind', 'k', [{ kind: 'sing' }], 'not a script: 0.kind'],
    ['field', 'k', [{ kind: 'done', text: 'x' }], 'not a script: 0: Unrecognized key'],
    ['refusal', 'k', [{ kind: 'role' }, { kind: 'refuse', status: 500 }], 'a refusal cannot follow "role"'],
    ['cut', 'k', [{ kind: 'text', text: 'é', cutAt: [2] }], 'cutAt 2 is not inside a text of 2 bytes'],
  ])('throws at once: an impossible %s', async (_, key, script, message) => {
    await using model = await startMockModel();
    expect(() => model.script(key, script as never)).toThrow(message);
  });
});
