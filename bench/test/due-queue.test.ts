import { expect, test } from 'vitest';
import { DueQueue, type Waker } from '../src/due-queue.ts';

/** A clock that a test moves, and an alarm on it. */
class FakeTime implements Waker {
  now = 0;
  #alarm: { dueMs: number; run: () => void } | undefined;

  set(dueMs: number, run: () => void): void {
    this.#alarm = { dueMs, run };
  }

  /** Lets time pass; the alarm rings when it is due, each time it was set. */
  passTo(end: number): void {
    while (this.#alarm && this.#alarm.dueMs <= end) {
      const { dueMs, run } = this.#alarm;
      this.#alarm = undefined;
      this.now = Math.max(this.now, dueMs);
      run();
    }
    this.now = end;
  }
}

function queueOn(time: FakeTime): DueQueue {
  return new DueQueue({ clock: () => time.now, waker: time });
}

test('callbacks run in the order of their due times, each at its own', () => {
  const time = new FakeTime();
  const queue = queueOn(time);
  const ran: [due: number, at: number][] = [];
  for (const due of [70, 10, 90, 10, 40, 20]) queue.push(due, () => ran.push([due, time.now]));
  time.passTo(100);
  expect(ran).toEqual([10, 10, 20, 40, 70, 90].map((due) => [due, due]));
});

test('equal due times keep the order of their pushes', () => {
  const time = new FakeTime();
  const queue = queueOn(time);
  const ran: number[] = [];
  for (let index = 0; index < 100; index++) queue.push(index % 2 === 0 ? 10 : 20, () => ran.push(index));
  time.passTo(30);
  const even = Array.from({ length: 50 }, (_, index) => 2 * index);
  expect(ran).toEqual([...even, ...even.map((index) => index + 1)]);
});

test('something earlier is not held up by what was pushed before it', () => {
  const time = new FakeTime();
  const queue = queueOn(time);
  const ran: string[] = [];
  queue.push(100, () => ran.push('late'));
  queue.push(5, () => ran.push('early'));
  time.passTo(6);
  expect(ran).toEqual(['early']);
  expect(queue.size).toBe(1);
});

test('what is overdue never runs from within push', () => {
  const time = new FakeTime();
  const queue = queueOn(time);
  let ran = 0;
  time.now = 50;
  queue.push(10, () => ran++);
  expect(ran).toBe(0);
  time.passTo(51);
  expect(ran).toBe(1);
});

test('a callback that pushes itself leaves a turn to others each time', () => {
  const time = new FakeTime();
  const queue = queueOn(time);
  const turns: number[] = [];
  const again = (): void => {
    turns.push(turns.length);
    if (turns.length < 5) queue.push(0, again);
  };
  queue.push(0, again);
  const waits: number[] = [];
  const set = time.set.bind(time);
  time.set = (due, run) => {
    waits.push(turns.length);
    set(due, run);
  };
  time.passTo(10);
  expect(turns).toEqual([0, 1, 2, 3, 4]);
  expect(new Set(waits)).toEqual(new Set([1, 2, 3, 4]));
});

test('a callback that throws does not keep the others from running', () => {
  const time = new FakeTime();
  const queue = queueOn(time);
  let ran = false;
  queue.push(1, () => {
    throw new Error('mine');
  });
  queue.push(2, () => {
    ran = true;
  });
  expect(() => time.passTo(1)).toThrow('mine');
  time.passTo(3);
  expect(ran).toBe(true);
});
