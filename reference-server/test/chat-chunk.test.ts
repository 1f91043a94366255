import { expect, test } from 'vitest';
import { readChunk } from '../src/chat-chunk.ts';

const read = (chunk: unknown) => readChunk(JSON.stringify(chunk));
const choice = (more: object) => ({ choices: [{ index: 0, ...more }] });

test('finds text, refusal and finish reason', () => {
  expect(read(choice({ delta: { content: 'a' }, finish_reason: null }))).toEqual({
    ok: true,
    chunk: { text: 'a', refusal: '' },
  });
  expect(read(choice({ delta: { refusal: 'no' }, finish_reason: 'stop' }))).toEqual({
    ok: true,
    chunk: { text: '', refusal: 'no', finishReason: 'stop' },
  });
});

test('passes over role, reasoning, tool calls, other choices and unknown chunks', () => {
  const empty = { ok: true, chunk: { text: '', refusal: '' } };
  expect(read(choice({ delta: { role: 'assistant', content: null } }))).toEqual(empty);
  expect(read(choice({ delta: { reasoning_content: 'hm' } }))).toEqual(empty);
  expect(read(choice({ delta: { tool_calls: [{ index: 0 }] } }))).toEqual(empty);
  expect(read({ choices: [{ index: 1, delta: { content: 'b' } }] })).toEqual(empty);
  expect(read({ choices: [], prompt_filter_results: [] })).toEqual(empty);
  expect(read({})).toEqual(empty);
});

test('reads usage with its details', () => {
  const usage = {
    prompt_tokens: 3,
    completion_tokens: 2,
    prompt_tokens_details: { cached_tokens: 1 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
  expect(read({ choices: [], usage })).toMatchObject({
    chunk: { usage: { input_tokens: 3, output_tokens: 2, cached_tokens: 1, reasoning_tokens: 0 } },
  });
  expect(read({ choices: [], usage: { prompt_tokens: 1.5, completion_tokens: 1 } })).toEqual({
    ok: true,
    chunk: { text: '', refusal: '' },
  });
});

test.each(['{', '[]', '1', 'null', '"x"'])('cannot read %s', (data) => {
  expect(readChunk(data).ok).toBe(false);
});

test('cannot read an error object or a field of the wrong type', () => {
  expect(read({ error: { message: 'boom' } }).ok).toBe(false);
  expect(read(choice({ delta: { content: 5 } })).ok).toBe(false);
});
