import { setupServer } from 'msw/node';
import { APIUserAbortError, InternalServerError, OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { barrier, hang, refuse, say, ScriptedModel, text } from '../src/index.ts';
import { mswHandlers } from '../src/msw.ts';

const baseURL = 'http://model.test/v1';

/** The model behind an intercepted fetch, for as long as it is in use. */
function intercepted(): { model: ScriptedModel; client: OpenAI } & Disposable {
  const model = new ScriptedModel();
  const server = setupServer(...mswHandlers(model, { baseUrl: baseURL }));
  server.listen();
  const client = new OpenAI({ apiKey: 'sk-test', baseURL, maxRetries: 0 });
  return { model, client, [Symbol.dispose]: () => server.close() };
}

const ask = (content: string) => ({ model: 'm', messages: [{ role: 'user' as const, content }] });

describe('the msw handlers', () => {
  it('serve a stream in process, token by token', async () => {
    using house = intercepted();
    const { model, client } = house;
    const marker = model.script('k', say(['a', 'b'], { gate: true }));
    const stream = await client.chat.completions.create({ ...ask(marker), stream: true });
    const texts: string[] = [];
    model.release('k', '0');
    for await (const chunk of stream) {
      texts.push(chunk.choices[0]?.delta.content ?? '');
      if (texts.at(-1) === 'a') model.release('k', '1');
    }
    expect(texts).toEqual(['', 'a', 'b', '']);
    expect(model.journal.of('k').map(({ kind }) => kind)).toEqual([
      'received',
      'accepted',
      'written',
      'written',
      'ended',
    ]);
  });

  it('serve whole answers, refusals and the list of models', async () => {
    using house = intercepted();
    const { model, client } = house;
    const whole = await client.chat.completions.create(ask(model.script('w', say(['a', 'b']))));
    expect(whole.choices[0]?.message.content).toBe('ab');
    const refused = client.chat.completions.create(ask(model.script('r', [refuse(503)])));
    await expect(refused).rejects.toThrow(InternalServerError);
    expect(await Array.fromAsync(client.models.list())).toMatchObject([{ id: 'mock-1' }]);
  });

  it('see an abort before the headers and in the stream', async () => {
    using house = intercepted();
    const { model, client } = house;
    const abort = new AbortController();
    const options = { signal: abort.signal };
    const early = client.chat.completions.create(
      { ...ask(model.script('early', [hang()])), stream: true },
      options,
    );
    await model.journal.until({ kind: 'received', key: 'early' });
    abort.abort();
    await expect(early).rejects.toThrow(APIUserAbortError);
    expect(await model.journal.until({ kind: 'peer_gone' })).toMatchObject({ phase: 'before_headers' });

    const marker = model.script('late', [text('a'), barrier('never')]);
    const late = await client.chat.completions.create({ ...ask(marker), stream: true });
    for await (const chunk of late) if (chunk.choices[0]?.delta.content === 'a') break;
    expect(await model.journal.until({ kind: 'peer_gone', key: 'late' })).toMatchObject({
      phase: 'streaming',
    });
  });

  it('turn a reset into a failing body', async () => {
    using house = intercepted();
    const { model, client } = house;
    const marker = model.script('k', [text('a'), barrier('now'), { kind: 'reset' }]);
    const stream = await client.chat.completions.create({ ...ask(marker), stream: true });
    model.release('k', 'now');
    await expect(Array.fromAsync(stream)).rejects.toThrow('terminated');
  });
});
