import type { ServerMessageOf } from '@tokenwire/spec';
import { expect, test } from 'vitest';
import { MemoryLog } from '../src/log.ts';
import { type Reader, Stream } from '../src/stream.ts';
import { short } from './support/fake-house.ts';
import { FakeClock } from './support/fake-clock.ts';
import { FakeModel } from './support/fake-model.ts';

function begin(
  options: { onDisconnect?: 'continue' | 'cancel'; graceMs?: number; textBudget?: number } = {},
) {
  const clock = new FakeClock();
  const model = new FakeModel();
  const ended: Stream[] = [];
  const { onDisconnect = 'continue', graceMs = 1000, textBudget = 60_000 } = options;
  const request = { messages: [], model: 'm', params: {} };
  const stream = new Stream(
    { principal: 'p', id: 'sky-blue-question-1', payload: 'h', onDisconnect, graceMs, request, textBudget },
    { clock, log: new MemoryLog(), epoch: 'e', model, ended: (one) => ended.push(one) },
  );
  stream.run();
  const log = (): string[] => stream.log.read(0, 1_000_000).map(short);
  const last = (): ServerMessageOf<'end'> =>
    stream.log.read(stream.log.head - 1, 1)[0] as ServerMessageOf<'end'>;
  return { clock, stream, call: model.last, log, last, ended };
}

const reader = (): Reader & { superseded: number[] } => {
  const superseded: number[] = [];
  return { superseded, wake: () => {}, supersede: (head) => superseded.push(head) };
};

test('logs start before the model says anything', () => {
  expect(begin().log()).toEqual(['start 1']);
});

test('logs what the model said, its end, and how long it took', () => {
  const { clock, call, log, last, ended } = begin();
  clock.advance(300);
  call.say('Hé', '', 'y');
  clock.advance(100);
  call.sink.end({
    finishReason: 'stop',
    upstream: 'completed',
    usage: { input_tokens: 1, output_tokens: 2 },
  });
  expect(log()).toEqual(['start 1', 'token 2 Hé', 'token 3 y', 'end 4 stop completed']);
  expect(last()).toMatchObject({ utf8_bytes: 4, usage: { input_tokens: 1, output_tokens: 2 } });
  expect(last().timing).toEqual({ queue_ms: 0, ttft_ms: 300, total_ms: 400 });
  expect(ended).toHaveLength(1);
});

test('appends nothing behind its end', () => {
  const { call, stream, log } = begin();
  call.stop();
  call.say('late');
  call.stop();
  expect(stream.cancel()).toBe('ended');
  expect(log()).toEqual(['start 1', 'end 2 stop completed']);
});

test('splits a delta that is too large for one message', () => {
  const { call, log } = begin({ textBudget: 12 });
  call.say('0123456789abcdefghij😀');
  expect(log()).toEqual(['start 1', 'token 2 0123456789a', 'token 3 bcdef', 'token 4 ghij😀']);
});

test('drops half a character when the model fails behind it, and keeps the text', () => {
  const { call, log, last } = begin();
  call.say('a', '\ud83d');
  call.sink.end({
    finishReason: 'error',
    upstream: 'failed',
    error: { code: 'upstream_failed', message: 'broke' },
  });
  expect(log()).toEqual(['start 1', 'token 2 a', 'end 3 error failed']);
  expect(last().error).toEqual({ code: 'upstream_failed', message: 'broke', retryable: true });
});

test('says aborted only when the model let go', () => {
  const { call, stream, log } = begin();
  call.onAbort = undefined;
  expect(stream.cancel()).toBe('cancelling');
  expect(call.aborted).toBe(true);
  call.say('too late');
  expect(log()).toEqual(['start 1']);
  call.sink.end({ finishReason: 'cancelled', upstream: 'aborted' });
  expect(log()).toEqual(['start 1', 'end 2 cancelled aborted']);
});

test('ends within 2 s of a cancel when the model does not let go', () => {
  const { clock, call, stream, log } = begin();
  call.onAbort = undefined;
  stream.cancel();
  expect(stream.cancel()).toBe('cancelling');
  clock.advance(1999);
  expect(log()).toEqual(['start 1', 'end 2 cancelled unknown']);
});

test('ends cancelled even when the model finishes meanwhile', () => {
  const { call, stream, log } = begin();
  call.onAbort = undefined;
  stream.cancel();
  call.stop();
  expect(log()).toEqual(['start 1', 'end 2 cancelled completed']);
});

test('is abandoned when nobody comes back within the grace, and not before', () => {
  const { clock, call, stream, log } = begin();
  const first = reader();
  stream.attach(first);
  stream.lost(first);
  clock.advance(999);
  expect(call.aborted).toBe(false);
  clock.advance(1);
  expect(log()).toEqual(['start 1', 'end 2 abandoned aborted']);
});

test('lives on when somebody comes back within the grace', () => {
  const { clock, call, stream } = begin();
  const first = reader();
  stream.attach(first);
  stream.lost(first);
  clock.advance(999);
  stream.attach(reader());
  clock.advance(10_000);
  expect(call.aborted).toBe(false);
});

test('tells the reader before that it is superseded, and ignores its late end', () => {
  const { clock, call, stream } = begin({ onDisconnect: 'cancel' });
  const [first, second] = [reader(), reader()];
  stream.attach(first);
  stream.attach(second);
  expect(first.superseded).toEqual([1]);
  stream.lost(first);
  clock.advance(10_000);
  expect(call.aborted).toBe(false);
});

test('stops with its connection where the client asked for that', () => {
  const { call, stream, log } = begin({ onDisconnect: 'cancel' });
  const first = reader();
  stream.attach(first);
  stream.lost(first);
  expect(call.aborted).toBe(true);
  expect(log()).toEqual(['start 1', 'end 2 cancelled aborted']);
});

test('a cancel of a stream that is being abandoned ends it cancelled', () => {
  const { clock, call, stream, log } = begin();
  call.onAbort = undefined;
  const first = reader();
  stream.attach(first);
  stream.lost(first);
  clock.advance(1000);
  expect(stream.cancel()).toBe('cancelling');
  call.sink.end({ finishReason: 'cancelled', upstream: 'aborted' });
  expect(log()).toEqual(['start 1', 'end 2 cancelled aborted']);
});

test('says draining when the server gives it up', () => {
  const { stream, last } = begin();
  stream.fail('draining', 'bye');
  expect(last()).toMatchObject({ finish_reason: 'error', error: { code: 'draining', retryable: true } });
});
