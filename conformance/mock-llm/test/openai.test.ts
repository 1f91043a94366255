import { NotFoundError, OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { defaultReply, type MockModel, refuse, role, say, startMockModel } from '../src/index.ts';

const clientOf = (model: MockModel, maxRetries = 0): OpenAI =>
  new OpenAI({ apiKey: 'sk-test', baseURL: model.baseUrl, maxRetries });

const ask = (content: string) => ({ model: 'gpt-x', messages: [{ role: 'user' as const, content }] });

describe('the official openai client', () => {
  it('streams the tokens of a script and its usage', async () => {
    await using model = await startMockModel();
    const usage = { input_tokens: 3, output_tokens: 2, cached_tokens: 1, reasoning_tokens: 0 };
    const marker = model.script('hi', say(['Hel', 'lo'], { usage }));

    const stream = await clientOf(model).chat.completions.create({
      ...ask(`please ${marker}`),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);

    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content)).toEqual([
      '',
      'Hel',
      'lo',
      undefined,
      undefined,
    ]);
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([
      null,
      null,
      null,
      'stop',
      undefined,
    ]);
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      model: 'gpt-x',
      usage: {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 5,
        prompt_tokens_details: { cached_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    });
    expect(await model.journal.until({ kind: 'ended', key: 'hi' })).toMatchObject({ how: 'done', call: 1 });
  });

  it('gets no usage chunk that it did not ask for', async () => {
    await using model = await startMockModel();
    const marker = model.script('quiet', say(['x'], { usage: { input_tokens: 1, output_tokens: 1 } }));
    const stream = await clientOf(model).chat.completions.create({ ...ask(marker), stream: true });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map((chunk) => chunk.usage)).toEqual([undefined, undefined, undefined]);
  });

  it('gets the same script whole when it does not stream', async () => {
    await using model = await startMockModel();
    const usage = { input_tokens: 3, output_tokens: 2 };
    const marker = model.script('whole', say(['Hel', 'lo'], { finish: 'length', usage }));

    const completion = await clientOf(model).chat.completions.create(ask(marker));

    expect(completion).toMatchObject({
      object: 'chat.completion',
      model: 'gpt-x',
      choices: [{ message: { role: 'assistant', content: 'Hello', refusal: null }, finish_reason: 'length' }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
    await model.journal.until({ kind: 'ended', how: 'done' });
    expect(model.journal.of('whole').map((entry) => entry.kind)).toEqual([
      'received',
      'accepted',
      'written',
      'written',
      'ended',
    ]);
  });

  it('assembles the same tool calls from a stream and from a whole answer', async () => {
    await using model = await startMockModel();
    const marker = model.script('tools', [
      role(),
      { kind: 'tool_call', index: 0, id: 'call_a', name: 'weather', arguments: '' },
      { kind: 'tool_call', index: 0, arguments: '{"city":' },
      { kind: 'tool_call', index: 1, id: 'call_b', name: 'time', arguments: '{}' },
      { kind: 'tool_call', index: 0, arguments: '"Bonn"}' },
      { kind: 'finish', reason: 'tool_calls' },
      { kind: 'done' },
    ]);
    const client = clientOf(model);

    const streamed = await client.chat.completions.stream(ask(marker)).finalChatCompletion();
    const whole = await client.chat.completions.create(ask(marker));

    const wanted = [
      { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Bonn"}' } },
      { id: 'call_b', type: 'function', function: { name: 'time', arguments: '{}' } },
    ];
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(whole.choices[0]?.message.tool_calls).toEqual(wanted);
    expect(streamed.choices[0]?.message.tool_calls).toMatchObject(wanted);
    const written = model.journal.entries.filter((entry) => entry.kind === 'written' && entry.call === 1);
    expect(written).toMatchObject(
      ['', '{"city":', '{}', '"Bonn"}'].map((text, index) => ({ text, index, channel: 'tool_call' })),
    );
  });

  it('lists one model', async () => {
    await using model = await startMockModel();
    const models = await Array.fromAsync(clientOf(model).models.list());
    expect(models).toMatchObject([{ id: 'mock-1', object: 'model' }]);
  });

  it('retries after a refusal and gets what the second call is to say', async () => {
    await using model = await startMockModel();
    const marker = model.script('retry', [refuse(429, { 'retry-after-ms': '1' })], say(['now']));
    const completion = await clientOf(model, 1).chat.completions.create(ask(marker));
    expect(completion.choices[0]?.message.content).toBe('now');
    expect(model.journal.of('retry').map(({ kind, call }) => `${call} ${kind}`)).toEqual([
      '1 received',
      '1 refused',
      '2 received',
      '2 accepted',
      '2 written',
      '2 ended',
    ]);
    expect(model.journal.calls('retry')).toHaveLength(1);
  });

  it('names the unknown key of a marker in its error', async () => {
    await using model = await startMockModel();
    const answer = clientOf(model).chat.completions.create(ask('[[script:nope]]'));
    await expect(answer).rejects.toThrow(NotFoundError);
    await expect(answer).rejects.toThrow(/404 .*"nope"/);
    expect(model.journal.of('nope').map(({ kind }) => kind)).toEqual(['received', 'refused']);
  });

  it('gets a paragraph of about 60 tokens when no marker asks for anything else', async () => {
    const delays: number[] = [];
    await using model = await startMockModel({
      delay: async (ms) => {
        delays.push(ms);
      },
    });
    const completion = await clientOf(model).chat.completions.create(ask('hello'));
    const tokens = delays.length;
    expect(tokens).toBeGreaterThan(50);
    expect(new Set(delays)).toEqual(new Set([30]));
    expect(completion.choices[0]?.message.content).toMatch(/^Rivers rarely hurry, yet they .* at a time\.$/);
    expect(completion.usage?.completion_tokens).toBe(tokens);
    expect(defaultReply().filter((step) => step.kind === 'text')).toHaveLength(tokens);
  });
});
