import { beforeEach, describe, expect, it } from 'vitest';
import { Pool } from '../../src/generator/pool.ts';
import type { CellPlan } from '../../src/plan.ts';
import type { Line, Target, Transport } from '../../src/transports/transport.ts';

const TARGET: Target = { host: 'h', http1: 1, http2: 2, tls: false, handshakeMs: 0, pollMs: 10 };

class FakeLine implements Line {
  usable = true;
  dials = 0;
  warmed = 0;
  closed = 0;

  async warmUp(): Promise<void> {
    this.warmed++;
    this.dials++;
  }

  ask(): never {
    throw new Error('a pool asks nothing');
  }

  bytes(): { up: number; down: number } {
    return { up: 10 * this.warmed, down: 20 * this.warmed };
  }

  cut(): void {}

  close(): void {
    this.closed++;
  }
}

let lines: FakeLine[];
beforeEach(() => {
  lines = [];
});

function poolOf(temperature: CellPlan['temperature'], multiplexed: boolean): Pool {
  const transport: Transport = {
    name: 'fake',
    multiplexed,
    recovers: 'nothing',
    open: () => {
      const line = new FakeLine();
      lines.push(line);
      return line;
    },
  };
  const cell = { id: 'c', transport: 'fake', temperature, tls: false, network: 'loopback' };
  return new Pool(cell, transport, TARGET, 'r0 c');
}

describe('cold', () => {
  it.each([true, false])(
    'opens a line for each request and closes it behind, multiplexed %s',
    async (many) => {
      const pool = poolOf('cold', many);
      await pool.warmUp(3, 2);
      expect(lines).toHaveLength(0);
      const first = pool.take(false);
      pool.giveBack(first, false);
      const second = pool.take(false);
      expect(first.line).not.toBe(second.line);
      expect([first.found, second.found]).toEqual(['cold', 'cold']);
      expect(lines.map(({ closed, warmed }) => [closed, warmed])).toEqual([
        [1, 0],
        [0, 0],
      ]);
    },
  );
});

describe('warm, one request at a time', () => {
  it('opens its lines ahead, and what that took is not charged to requests', async () => {
    const pool = poolOf('warm', false);
    await pool.warmUp(2, 0);
    expect(lines.map(({ warmed }) => warmed)).toEqual([1, 1]);
    expect(pool.take(false)).toMatchObject({ found: 'warm', before: { up: 10, down: 20 } });
    expect(lines).toHaveLength(2);
  });

  it('gives no line to two requests at once, and an idle one again', async () => {
    const pool = poolOf('warm', false);
    await pool.warmUp(2, 0);
    const [first, second] = [pool.take(false), pool.take(false)];
    expect(first.line).not.toBe(second.line);
    pool.giveBack(first, false);
    const third = pool.take(false);
    expect(third.line).toBe(first.line);
    expect(third.found).toBe('warm');
    expect(lines.map(({ closed }) => closed)).toEqual([0, 0]);
  });

  it('counts a request as missed when no idle line is there, and keeps its line for the next', async () => {
    const pool = poolOf('warm', false);
    await pool.warmUp(1, 0);
    pool.take(false);
    const missed = pool.take(false);
    expect(missed.found).toBe('missed');
    pool.giveBack(missed, false);
    expect(pool.take(false)).toMatchObject({ line: missed.line, found: 'warm' });
  });

  it('passes over lines that became unusable, and misses when no other is there', async () => {
    const pool = poolOf('warm', false);
    await pool.warmUp(3, 0);
    const [gone, kept, goneToo] = lines as [FakeLine, FakeLine, FakeLine];
    gone.usable = false;
    goneToo.usable = false;
    expect(pool.take(false)).toMatchObject({ line: kept, found: 'warm' });
    const missed = pool.take(false);
    expect(missed.found).toBe('missed');
    expect(lines).toHaveLength(4);
    expect(missed.line).toBe(lines[3]);
  });
});

describe('warm, many requests on one line', () => {
  it('shares a single line', async () => {
    const pool = poolOf('warm', true);
    await pool.warmUp(5, 0);
    const seats = [pool.take(false), pool.take(false), pool.take(false)];
    expect(lines).toHaveLength(1);
    for (const seat of seats) expect(seat).toMatchObject({ line: lines[0], found: 'warm' });
    for (const seat of seats) pool.giveBack(seat, false);
    expect(lines[0]?.closed).toBe(0);
  });

  it('misses when that line became unusable', async () => {
    const pool = poolOf('warm', true);
    await pool.warmUp(5, 0);
    if (lines[0]) lines[0].usable = false;
    expect(pool.take(false)).toMatchObject({ line: lines[1], found: 'missed' });
  });
});

describe('lines for requests that are stopped or cut', () => {
  it.each([true, false])('are warm, and never shared with others, multiplexed %s', async (many) => {
    const pool = poolOf('warm', many);
    await pool.warmUp(1, 2);
    const apart = [pool.take(true), pool.take(true)];
    const shared = pool.take(false);
    expect(new Set([...apart, shared].map(({ line }) => line)).size).toBe(3);
    for (const seat of [...apart, shared]) expect(seat.found).toBe('warm');
    for (const seat of apart) pool.giveBack(seat, true);
    pool.giveBack(shared, false);
    // A line on which somebody hung up carries no request again.
    expect(apart.map(({ line }) => (line as FakeLine).closed)).toEqual([1, 1]);
    expect(pool.take(false).line).toBe(shared.line);
    expect(pool.take(true).found).toBe('missed');
  });
});

it('numbers its connections for the trace, and closes them all in the end', async () => {
  const pool = poolOf('warm', false);
  await pool.warmUp(2, 1);
  expect(pool.seats.map(({ tape }) => tape.conn)).toEqual(['r0 c-1', 'r0 c-2', 'r0 c-3']);
  pool.close();
  expect(lines.map(({ closed }) => closed)).toEqual([1, 1, 1]);
});
