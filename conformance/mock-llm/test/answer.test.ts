import { describe, expect, it } from 'vitest';
import {
  barrier,
  done,
  finish,
  type MockModel,
  role,
  type Script,
  startMockModel,
  type Step,
  text,
} from '../src/index.ts';
import { events, post, RawPeer, streaming } from './wire.ts';

async function wireOf(
  script: Script,
  more: object = {},
): Promise<{ status: number; text: string; model: MockModel }> {
  await using model = await startMockModel();
  const answer = await post(model, streaming(model.script('k', script), more));
  return { ...answer, model };
}

async function deltas(...script: Step[]): Promise<unknown[]> {
  const { text } = await wireOf(script);
  return events(text).map((event) => (event as { choices: { delta: unknown }[] }).choices[0]?.delta);
}

describe('a step on the wire', () => {
  it('role is a chunk with nothing to show', async () => {
    expect(await deltas(role())).toEqual([{ role: 'assistant', content: '' }]);
  });

  it('text, reasoning and refusal are one delta each', async () => {
    const script: Step[] = [text('a"\n'), { kind: 'reasoning', text: 'hm' }, { kind: 'refusal', text: 'no' }];
    expect(await deltas(...script)).toEqual([
      { content: 'a"\n' },
      { reasoning_content: 'hm' },
      { refusal: 'no' },
    ]);
  });

  it('reasoning and refusal stand in their own fields of a whole answer', async () => {
    const script: Script = [
      { kind: 'reasoning', text: 'hm' },
      { kind: 'refusal', text: 'no' },
      finish('refusal'),
    ];
    const { text: body } = await wireOf(script, { stream: false });
    expect(JSON.parse(body).choices).toMatchObject([
      { finish_reason: 'refusal', message: { content: null, reasoning_content: 'hm', refusal: 'no' } },
    ]);
  });

  it('batch is several events in one write', async () => {
    await using model = await startMockModel();
    const marker = model.script('k', [{ kind: 'batch', texts: ['a', 'b', 'c'] }]);
    using peer = new RawPeer(model, streaming(marker));
    await peer.until('\r\n0\r\n');
    const [chunk, ...more] = peer.chunks();
    expect(events(String(chunk))).toHaveLength(3);
    expect(more).toEqual([]);
  });

  it('refuse is an HTTP error with its headers, and by default in the shape of OpenAI', async () => {
    await using model = await startMockModel();
    const bare = model.script('bare', [{ kind: 'refuse', status: 503, headers: { 'Retry-After': '2' } }]);
    const own = model.script('own', [{ kind: 'refuse', status: 418, body: 'teapot' }]);
    using peer = new RawPeer(model, streaming(bare));
    await peer.until('"code"');
    expect(peer.text).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 2\r\n[^]*"type":"server_error"/);
    expect(await post(model, streaming(own))).toEqual({ status: 418, text: 'teapot' });
  });

  it('accept sends the headers before there is anything to say', async () => {
    await using model = await startMockModel();
    const marker = model.script('k', [{ kind: 'accept' }, barrier('go'), text('a')]);
    const response = await fetch(`${model.baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(streaming(marker)),
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(model.journal.of('k').map(({ kind }) => kind)).toEqual(['received', 'accepted']);
    model.release('k', 'go');
    expect(events(await response.text())).toHaveLength(1);
  });

  it('without accept the headers wait for the first chunk', async () => {
    await using model = await startMockModel();
    const marker = model.script('k', [barrier('go'), text('a')]);
    using peer = new RawPeer(model, streaming(marker));
    await model.journal.until({ kind: 'received' });
    expect(model.journal.calls()).toEqual([]);
    expect(peer.text).toBe('');
    model.release('k', 'go');
    await peer.until('"content":"a"');
  });

  it('finish, usage and done end a stream', async () => {
    const script: Script = [finish('length'), { kind: 'usage', input_tokens: 1, output_tokens: 2 }, done()];
    const { text: body } = await wireOf(script, { stream_options: { include_usage: true } });
    expect(events(body)).toMatchObject([
      { choices: [{ delta: {}, finish_reason: 'length' }], usage: null },
      { choices: [], usage: { total_tokens: 3 } },
      '[DONE]',
    ]);
  });

  it('done may be followed by a connection that stays open', async () => {
    await using model = await startMockModel();
    const marker = model.script('k', [text('a'), done(), barrier('end')]);
    using peer = new RawPeer(model, streaming(marker));
    await peer.until('[DONE]');
    expect(model.journal.entries.at(-1)).toMatchObject({ kind: 'written' });
    model.release('k', 'end');
    expect(await model.journal.until({ kind: 'ended' })).toMatchObject({ how: 'done' });
  });

  it('eof ends the response cleanly without a finish reason', async () => {
    const { text: body, model } = await wireOf([text('a'), { kind: 'eof' }, text('never')]);
    expect(events(body)).toMatchObject([{ choices: [{ delta: { content: 'a' }, finish_reason: null }] }]);
    expect(model.journal.entries.at(-1)).toMatchObject({ kind: 'ended', how: 'eof' });
  });

  it('malformed is broken JSON in an event, or any bytes one likes', async () => {
    const { text: body } = await wireOf([{ kind: 'malformed' }, { kind: 'malformed', raw: ':\xff raw\n' }]);
    expect(() => events(body)).toThrow(SyntaxError);
    expect(body).toMatch(/"delta":\n\n:ÿ raw\n$/);
    const whole = await wireOf([{ kind: 'malformed' }], { stream: false });
    expect(() => JSON.parse(whole.text)).toThrow(SyntaxError);
  });

  it('reset breaks the connection after what was said', async () => {
    await using model = await startMockModel();
    const marker = model.script('k', [text('a'), barrier('now'), { kind: 'reset' }]);
    using peer = new RawPeer(model, streaming(marker));
    await peer.until('"content":"a"');
    model.release('k', 'now');
    await peer.closed();
    expect(peer.error).toMatchObject({ code: 'ECONNRESET' });
    expect(model.journal.of('k').at(-1)).toMatchObject({ kind: 'ended', how: 'reset' });
  });

  it('delay waits its milliseconds before what follows', async () => {
    const log: unknown[] = [];
    await using model = await startMockModel({
      delay: async (ms) => {
        log.push(ms, model.journal.entries.length);
      },
    });
    await post(model, streaming(model.script('k', [{ kind: 'delay', ms: 250 }, text('a')])));
    expect(log).toEqual([250, 1]);
  });

  it('hang lasts until patience runs out, when there is any', async () => {
    await using model = await startMockModel({ patience: 1 });
    const hanging = post(model, streaming(model.script('h', [{ kind: 'hang' }])));
    await expect(hanging).rejects.toThrow('fetch failed');
    const waiting = post(model, streaming(model.script('b', [barrier('never')])));
    await expect(waiting).rejects.toThrow('fetch failed');
    expect(model.journal.entries.filter(({ kind }) => kind === 'ended')).toMatchObject([
      { how: 'reset' },
      { how: 'reset' },
    ]);
  });
});

describe('a text that is cut', () => {
  it('splits a character of four bytes over three writes', async () => {
    await using model = await startMockModel();
    const marker = model.script('k', [text('a🦊', [2, 4]), barrier('end')]);
    using peer = new RawPeer(model, streaming(marker));
    await model.journal.until({ kind: 'written', text: 'a🦊' });
    await peer.until('\n\n\r\n');
    const chunks = peer.chunks();
    expect(
      chunks.map((chunk) => chunk.toString('latin1').replace(/^data.*content":"|"}.*\n\n$/gs, '')),
    ).toEqual(['a\xf0', '\x9f\xa6', '\x8a']);
    expect(events(Buffer.concat(chunks).toString())).toMatchObject([
      { choices: [{ delta: { content: 'a🦊' } }] },
    ]);
  });

  it('counts the bytes of the text, not of its escapes', async () => {
    await using model = await startMockModel();
    using peer = new RawPeer(model, streaming(model.script('k', [text('"\u0001é!', [3])])));
    await peer.until('\r\n0\r\n');
    const [before = Buffer.alloc(0)] = peer.chunks();
    expect(before.toString('latin1').replace(/^.*content":"/s, '')).toBe(String.raw`\"\u0001` + '\xc3');
  });

  it('survives the halves of a surrogate pair in two deltas', async () => {
    expect(await deltas(text('\ud83e'), text('\udd8a'))).toEqual([
      { content: '\ud83e' },
      { content: '\udd8a' },
    ]);
  });
});
