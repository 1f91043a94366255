import { expect, test } from 'vitest';
import { FakeHouse, ID } from './support/fake-house.ts';

const OTHER = 'another-question-01';

test('the same generate attaches, and calls the model once', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  house.model.last.say('a');
  a.read();
  const b = house.join();
  b.generate(ID, { resend: { epoch: 'anything' }, trace: { x: 1 } });
  expect(b.read()).toEqual(['resumed 1 of 2', 'start 1', 'token 2 a']);
  expect(a.read()).toEqual(['detached superseded 2']);
  expect(house.model.calls).toHaveLength(1);
});

test('the same id with another payload is a conflict and leaves the stream alone', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  a.generate(ID, { on_disconnect: 'continue' });
  expect(a.read()).toEqual(['start 1', 'error id_conflict']);
  house.model.last.say('a');
  expect(a.read()).toEqual(['token 2 a']);
});

test('a resend of an unknown id is new only for the same epoch', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate(ID, { resend: {} });
  a.generate(ID, { resend: { epoch: 'e-other' } });
  expect(a.read()).toEqual(['error outcome_unknown', 'error outcome_unknown']);
  expect(house.model.calls).toHaveLength(0);
  a.generate(ID, { resend: { epoch: 'e-7Qm2' } });
  expect(a.read()).toEqual(['start 1']);
});

test('a refused generate does not use up its id', () => {
  const house = new FakeHouse({ limits: { max_streams: 1 } });
  const a = house.join();
  a.generate();
  a.generate(OTHER);
  a.generate(OTHER, { params: { logprobs: true } });
  expect(a.read()).toEqual(['start 1', 'error too_many_streams', 'error unsupported_param']);
  house.model.last.stop();
  a.generate(OTHER);
  expect(a.read()).toEqual(['start 1', 'end 2 stop completed']);
});

test('an ended stream stays resumable through its retention, then its id is remembered', () => {
  const house = new FakeHouse({ limits: { retention_ms: 1000, id_memory_ms: 5000 } });
  const a = house.join();
  const resume = (): string[] => {
    a.send({ type: 'resume', id: ID, epoch: 'e-7Qm2', after: 0 });
    return a.read().filter((line) => !line.startsWith('ping'));
  };
  a.generate();
  house.model.last.stop();
  a.read();
  house.clock.advance(999);
  expect(resume()).toEqual(['resumed 1 of 2', 'start 1', 'end 2 stop completed']);
  house.clock.advance(1);
  expect(resume()).toEqual(['error expired']);
  a.generate();
  a.send({ type: 'cancel', id: ID });
  expect(a.read()).toEqual(['error expired', 'cancel_ok ended']);
  house.clock.advance(4000);
  expect(resume()).toEqual(['error unknown_stream']);
});

test('makes the checks of a resume in their order', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  a.read();
  a.send({ type: 'resume', id: OTHER, epoch: 'e-old', after: 99 });
  a.send({ type: 'resume', id: OTHER, epoch: 'e-7Qm2', after: 99 });
  a.send({ type: 'resume', id: ID, epoch: 'e-7Qm2', after: 2 });
  a.send({ type: 'resume', id: ID, epoch: 'e-7Qm2', after: 1 });
  expect(a.read()).toEqual([
    'error epoch_mismatch',
    'error unknown_stream',
    'error cursor_ahead',
    'resumed 2 of 1',
  ]);
});

test('an id that is cancelled while unknown cannot be generated, the last few of each principal', () => {
  const house = new FakeHouse({ limits: { tombstones: 2 } });
  const [a, b] = [house.join(), house.join('another-secret-session-0')];
  const ids = ['tombstone-number-1', 'tombstone-number-2', 'tombstone-number-3'];
  for (const id of ids) a.send({ type: 'cancel', id });
  expect(a.read()).toEqual(['cancel_ok unknown', 'cancel_ok unknown', 'cancel_ok unknown']);
  for (const id of ids) a.generate(id);
  expect(a.read()).toEqual(['start 1', 'error cancelled', 'error cancelled']);
  b.generate(ids[2]);
  expect(b.read()).toEqual(['start 1']);
});

test('keeps the ids of principals apart', () => {
  const house = new FakeHouse();
  const [a, b] = [house.join(), house.join('another-secret-session-0')];
  a.generate();
  b.send({ type: 'resume', id: ID, epoch: 'e-7Qm2', after: 0 }, { type: 'cancel', id: ID });
  expect(b.read()).toEqual(['error unknown_stream', 'cancel_ok unknown']);
  expect(house.model.last.aborted).toBe(false);
});

test('cancels from any connection of the principal, and touches no sibling', () => {
  const house = new FakeHouse();
  const [a, b] = [house.join(), house.join()];
  a.generate();
  a.generate(OTHER);
  b.send({ type: 'cancel', id: ID }, { type: 'cancel', id: ID });
  expect(b.read()).toEqual(['cancel_ok cancelling', 'cancel_ok ended']);
  expect(a.read()).toEqual(['start 1', 'start 1', 'end 2 cancelled aborted']);
  expect(house.model.calls.map(({ aborted }) => aborted)).toEqual([true, false]);
});

test('clamps the grace and says which is in force', () => {
  const house = new FakeHouse({ limits: { grace_default_ms: 10, grace_max_ms: 100 } });
  const a = house.join();
  a.generate();
  a.generate(OTHER, { grace_ms: 5000 });
  a.generate('a-third-question-01', { grace_ms: 0 });
  expect(a.take()).toMatchObject([{ grace_ms: 10 }, { grace_ms: 100 }, { grace_ms: 0 }]);
});

test('gives every active stream up when it is told to', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  house.house.hub.endAll('draining', 'bye');
  expect(a.read()).toEqual(['start 1', 'end 2 error aborted']);
  expect(house.house.hub.idle).toBe(true);
});
