import { expect, test } from 'vitest';
import { PendingAnswer } from '../src/answer.ts';
import { StreamFailedError } from '../src/errors.ts';
import type { Ending } from '../src/session/effects.ts';

const ID = 'stream-0000000001';
const stopped: Ending = { text: 'ab', finishReason: 'stop', upstream: 'completed' };
const failed: Ending = {
  text: 'ab',
  finishReason: 'error',
  upstream: 'failed',
  failure: { kind: 'failed', code: 'upstream_failed', message: 'the model broke', retryable: true },
};

function answer() {
  const cancels: (string | undefined)[] = [];
  return { cancels, it: new PendingAnswer(ID, (reason) => void cancels.push(reason)) };
}

const a = { text: 'a', seq: 2, from: 2 };
const b = { text: 'b', seq: 3, from: 3 };

test('tokens that came before anybody read are kept, and the loop ends with the answer', async () => {
  const { it } = answer();
  it.push(a);
  it.push(b);
  it.end(stopped);
  expect(await Array.fromAsync(it)).toEqual([a, b]);
  expect(await it.result).toEqual(stopped);
});

test('a reader that waits gets the next token, and reads at once are answered in order', async () => {
  const { it } = answer();
  const reads = [it.next(), it.next(), it.next()];
  it.push(a);
  it.push(b);
  it.end(stopped);
  expect(await Promise.all(reads)).toEqual([
    { done: false, value: a },
    { done: false, value: b },
    { done: true, value: undefined },
  ]);
});

test('an error is thrown after the tokens before it, and carries their text', async () => {
  const { it } = answer();
  it.push(a);
  it.end(failed);
  const read: string[] = [];
  const loop = async () => {
    for await (const token of it) read.push(token.text);
  };
  const error = await loop().catch((thrown: unknown) => thrown);
  expect(read).toEqual(['a']);
  expect(error).toBeInstanceOf(StreamFailedError);
  expect(error).toMatchObject({
    name: 'StreamFailedError',
    code: 'upstream_failed',
    retryable: true,
    text: 'ab',
  });
  expect(await it.result).toMatchObject({ text: 'ab', finishReason: 'error', upstream: 'failed', error });
});

test('the result never rejects, so nobody has to wait for it', async () => {
  const { it } = answer();
  it.end(failed);
  expect((await it.result).error).toBeInstanceOf(StreamFailedError);
});

test('leaving the loop early cancels', async () => {
  const { it, cancels } = answer();
  it.push(a);
  it.push(b);
  for await (const token of it) {
    expect(token).toEqual(a);
    break;
  }
  expect(cancels).toEqual([undefined]);
});

test('an answer is read once', async () => {
  const { it } = answer();
  it.end(stopped);
  await Array.fromAsync(it);
  expect(() => it[Symbol.asyncIterator]()).toThrow('can be read only once');
});
