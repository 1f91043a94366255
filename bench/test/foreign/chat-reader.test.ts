import { describe, expect, it } from 'vitest';
import { ChatReader } from '../../src/foreign/chat-reader.ts';

interface Read {
  heard: string[];
  reader: ChatReader;
}

function read(...pieces: (string | Buffer)[]): Read {
  const heard: string[] = [];
  const reader = new ChatReader({
    began: () => void (heard[0] ??= 'began'),
    text: (text) => void heard.push(text),
  });
  for (const piece of pieces) reader.feed(Buffer.from(piece));
  return { heard, reader };
}

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const delta = (content: string): string => event({ choices: [{ delta: { content } }] });
const FINISH = event({ choices: [{ delta: {}, finish_reason: 'stop' }] });

describe('the reader of a streamed chat completion', () => {
  it('hears the text of a whole answer, and that it began with its first chunk', () => {
    const role = event({ choices: [{ delta: { role: 'assistant' } }] });
    const usage = event({ choices: [], usage: { completion_tokens: 2 } });
    const { heard, reader } = read(role, delta('It'), delta(' rains'), FINISH, usage, 'data: [DONE]\n\n');
    expect(heard).toEqual(['began', 'It', ' rains']);
    expect(reader).toMatchObject({ problem: undefined, done: true });
  });

  it('puts characters together that were split between two reads', () => {
    const bytes = Buffer.from(delta('é'));
    const within = bytes.indexOf(0xc3) + 1;
    expect(read(bytes.subarray(0, within), bytes.subarray(within)).heard).toEqual(['began', 'é']);
  });

  it('takes a refusal for text', () => {
    expect(read(event({ choices: [{ delta: { refusal: 'No.' } }] })).heard).toEqual(['began', 'No.']);
  });

  it('does not take an end without a finish reason for the end of the answer', () => {
    const { reader } = read(delta('It'), 'data: [DONE]\n\n');
    expect(reader.problem).toBe('the stream stopped without finish_reason');
  });

  it('says what the server says of an error in mid-stream', () => {
    const { reader } = read(delta('It'), event({ error: { message: 'out of memory' } }));
    expect(reader.problem).toBe('the stream broke off with an error: out of memory');
  });

  it.each(['data: nonsense\n\n', 'data: 7\n\n'])('does not accept %j', (text) => {
    expect(read(text, FINISH).reader.problem).toMatch(/no JSON object/);
  });
});
