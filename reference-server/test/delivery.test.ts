import { expect, test } from 'vitest';
import { FakeHouse, ID } from './support/fake-house.ts';

test('delivers the first token without waiting for a second one', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  expect(a.read()).toEqual(['start 1']);
  house.model.last.say('one');
  expect(a.read()).toEqual(['token 2 one']);
});

test('sends a handful of entries one by one, and merges what piled up', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  house.model.last.say('a', 'b');
  expect(a.read()).toEqual(['start 1', 'token 2 a', 'token 3 b']);
  house.model.last.say('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
  house.model.last.stop();
  expect(a.read()).toEqual(['token 4-13 0123456789', 'end 14 stop completed']);
});

test('keeps entries in the log while the socket has no room, and merges them when it has', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  a.read();
  a.socket.stalled = true;
  house.model.last.say('x'.repeat(60_000), 'y'.repeat(10_000));
  a.read();
  for (let i = 0; i < 1000; i++) house.model.last.say('z'.repeat(100));
  expect(a.read()).toEqual([]);
  expect(a.socket.buffered).toBeLessThan(150_000);
  a.drainSocket();
  const messages = a.take();
  const text = messages.map((message) => (message.type === 'token' ? message.text : '')).join('');
  expect(text).toBe('z'.repeat(100_000));
  expect(messages.length).toBeLessThan(100);
});

test('a stalled reader holds up nobody else', () => {
  const house = new FakeHouse();
  const [a, b] = [house.join(), house.join('another-secret-session-0')];
  a.generate();
  a.socket.stalled = true;
  a.socket.buffered = 1_000_000;
  b.generate();
  b.read();
  house.model.last.say('still here');
  expect(b.read()).toEqual(['token 2 still here']);
});

test('puts a pong and a cancel_ok ahead of a flood of tokens', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  a.read();
  a.socket.stalled = true;
  for (let i = 0; i < 100; i++) house.model.last.say('z'.repeat(5000));
  a.read();
  a.send({ type: 'ping', t: 7 }, { type: 'cancel', id: ID });
  expect(a.read()).toEqual([]);
  a.drainSocket();
  expect(a.read().slice(0, 2)).toEqual(['pong 7', 'cancel_ok cancelling']);
});

test('eight streams take turns', () => {
  const house = new FakeHouse();
  const a = house.join();
  const ids = Array.from({ length: 8 }, (_, index) => `a-stream-number-${index}`);
  for (const id of ids) a.generate(id);
  a.read();
  a.socket.stalled = true;
  for (const call of house.model.calls) for (let i = 0; i < 40; i++) call.say('z'.repeat(1000));
  const seen = new Set<string>();
  for (let turns = 0; turns < 4; turns++) {
    for (const message of a.take()) if (message.type === 'token') seen.add(message.id);
    a.drainSocket();
    a.socket.stalled = true;
  }
  expect(seen.size).toBe(8);
});

test('a resume on the same connection moves its cursor and supersedes nobody', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  house.model.last.say('a', 'b');
  a.read();
  a.send({ type: 'resume', id: ID, epoch: 'e-7Qm2', after: 1 });
  house.model.last.say('c');
  expect(a.read()).toEqual(['resumed 2 of 3', 'token 2 a', 'token 3 b', 'token 4 c']);
});

test('sends nothing of a stream behind detached', () => {
  const house = new FakeHouse();
  const [a, b] = [house.join(), house.join()];
  a.generate();
  a.read();
  house.model.last.say('a');
  b.send({ type: 'resume', id: ID, epoch: 'e-7Qm2', after: 0 });
  house.model.last.say('b');
  expect(a.read()).toEqual(['detached superseded 2']);
  expect(b.read()).toEqual(['resumed 1 of 2', 'start 1', 'token 2 a', 'token 3 b']);
});

test('does not send detached to a reader that already has the end', () => {
  const house = new FakeHouse();
  const [a, b] = [house.join(), house.join()];
  a.generate();
  house.model.last.stop();
  expect(a.read()).toEqual(['start 1', 'end 2 stop completed']);
  b.send({ type: 'resume', id: ID, epoch: 'e-7Qm2', after: 0 });
  expect(b.read()).toEqual(['resumed 1 of 2', 'start 1', 'end 2 stop completed']);
  expect(a.read()).toEqual([]);
});
