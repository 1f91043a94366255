import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { now } from '../../src/clock.ts';
import { type Child, type Common, startChild } from '../../src/processes/child.ts';
import type { PupilMethods } from './pupil-process.ts';

const PUPIL = new URL('./pupil-process.ts', import.meta.url);

const started: Child<PupilMethods & Common>[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) await child.stop();
});
async function start(): Promise<Child<PupilMethods & Common>> {
  const child = await startChild<PupilMethods>('pupil', PUPIL);
  started.push(child);
  return child;
}

describe('a process', () => {
  it('answers each call with its own value, many at once', async () => {
    const { call } = await start();
    expect(await Promise.all([1, 2, 3].map((value) => call.twice(value)))).toEqual([2, 4, 6]);
    const map = new Map([
      ['a', 1],
      ['b', 2],
    ]);
    expect([...(await call.later(map))]).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
  });

  it('has the clock of its parent, and says what it uses', async () => {
    const { call } = await start();
    const before = now();
    const there = await call.clock();
    const after = now();
    // What the two epochs may differ by: a reading of each clock.
    expect(there).toBeGreaterThan(before - 1);
    expect(there).toBeLessThan(after + 1);
    expect(await call.cpuMs()).toBeGreaterThan(0);
    expect(await call.residentKb()).toBeGreaterThan(1000);
  });

  it('that ends before it is ready is no process', async () => {
    const child = startChild('stillborn', new URL('./stillborn-process.ts', import.meta.url));
    await expect(child).rejects.toThrow('the process "stillborn" ended (exit code 4)');
  });
});

describe('an error', () => {
  it('of a method comes back with the name of the process, and the process lives', async () => {
    const { call } = await start();
    await expect(call.fail()).rejects.toThrow(/^pupil: TypeError: told to fail/);
    await expect(call.refuse()).rejects.toThrow('pupil: just a word');
    expect(await call.twice(2)).toBe(4);
  });
});

describe('a process that dies', () => {
  it('rejects every call that waits for it, with its name and how it ended', async () => {
    const { call } = await start();
    const waiting = [call.never(), call.never()].map((one) => one.catch((error: Error) => error.message));
    await expect(call.die(3)).rejects.toThrow('the process "pupil" ended (exit code 3)');
    expect(await Promise.all(waiting)).toEqual([
      'the process "pupil" ended (exit code 3)',
      'the process "pupil" ended (exit code 3)',
    ]);
  });

  it('says which signal it was', async () => {
    const { call, pid } = await start();
    const waiting = call.never();
    process.kill(pid, 'SIGKILL');
    await expect(waiting).rejects.toThrow('the process "pupil" ended (SIGKILL)');
  });

  it('rejects calls that come later, and can be stopped once more', async () => {
    const child = await start();
    await child.call.die(0).catch(() => {});
    await expect(child.call.twice(1)).rejects.toBeInstanceOf(Error);
    await child.stop();
  });
});

describe('the end', () => {
  it('comes when it is asked to stop, and a second time changes nothing', async () => {
    const child = await start();
    await child.stop();
    expect(isRunning(child.pid)).toBe(false);
    await child.stop();
  });

  it('comes with the parent: nobody is left behind when that is killed', async () => {
    const main = fileURLToPath(new URL('./parent-process.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--conditions=tw-source', main], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    // The child holds the other end of this pipe too: it closes when both are gone.
    parent.stdout.resume();
    await once(parent.stdout, 'close');
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
