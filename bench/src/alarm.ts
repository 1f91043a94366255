/**
 * A timer that is right to a tenth of a millisecond and burns no CPU while it waits. `setTimeout` is up to 2 ms late, and
 * polling for the last of it would cost a core that a server under test needs: here a thread sleeps, and wakes the loop.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { now } from './clock.ts';

/** How early the thread wakes the loop: about what the message takes. The rest is waited out by polling. */
const EARLY_MS = 0.3;

/** Slot of the version: it changes with each new due time. */
const VERSION = 0;

export class Alarm {
  readonly #version = new Int32Array(new SharedArrayBuffer(4));
  readonly #due = new Float64Array(new SharedArrayBuffer(8));
  readonly #thread: Worker;
  #run: (() => void) | undefined;

  constructor() {
    this.#due[0] = Number.POSITIVE_INFINITY;
    this.#thread = new Worker(new URL(import.meta.url), {
      workerData: { alarm: { version: this.#version, due: this.#due } },
    });
    this.#thread.on('message', () => this.#poll());
    this.#thread.unref();
  }

  /** Runs once, at `dueMs` of `now()` or just behind it. Takes the place of what was set before. */
  set(dueMs: number, run: () => void): void {
    this.#run = run;
    this.#due[0] = dueMs;
    // Sooner than a message from the thread would come: no need to ask it.
    if (dueMs - now() < EARLY_MS) return void setImmediate(() => this.#poll());
    Atomics.add(this.#version, VERSION, 1);
    Atomics.notify(this.#version, VERSION);
  }

  clear(): void {
    this.set(Number.POSITIVE_INFINITY, () => {});
  }

  close(): void {
    this.clear();
    void this.#thread.terminate();
  }

  #poll(): void {
    const due = this.#due[0] ?? Number.POSITIVE_INFINITY;
    if (due === Number.POSITIVE_INFINITY) return;
    // A message may belong to a due time that was replaced by a later one: the thread wakes for that again.
    if (now() < due - 2 * EARLY_MS) return;
    if (now() < due) return void setImmediate(() => this.#poll());
    this.#due[0] = Number.POSITIVE_INFINITY;
    this.#run?.();
  }
}

/** The thread: sleeps until shortly before the due time, or until there is a new one. */
function sleep(version: Int32Array, due: Float64Array): never {
  let woken = -1;
  for (;;) {
    const seen = Atomics.load(version, VERSION);
    const left = (due[0] ?? Number.POSITIVE_INFINITY) - EARLY_MS - now();
    if (seen === woken || left === Number.POSITIVE_INFINITY) Atomics.wait(version, VERSION, seen);
    else if (left > 0) Atomics.wait(version, VERSION, seen, left);
    else {
      woken = seen;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      parentPort?.postMessage(0);
    }
  }
}

const given = (workerData as { alarm?: { version: Int32Array; due: Float64Array } } | null)?.alarm;
if (!isMainThread && given) sleep(given.version, given.due);
