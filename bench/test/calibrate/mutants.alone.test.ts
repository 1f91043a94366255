/** Whoever watches the watchers: a benchmark that is broken on purpose must fail its own calibration. */
import { afterAll, describe, expect, it } from 'vitest';
import { BrokenCopy, type Edit } from './broken-copy.ts';

/** Far more than a group of checks takes: against a hang, not against a busy machine. */
const PATIENCE_MS = 90_000;

afterAll(() => BrokenCopy.removeAll());

/** The first round warms up compilers and pools. Where a check counts, or is off by far more, it would only take time. */
const HASTE: Edit = {
  file: 'calibrate/bed.ts',
  from: 'await warmUp(stage, { ...profiles.quick, networks: both });',
  to: '',
};

interface Mutant {
  what: string;
  edits: Edit[];
  /** The cheapest group that can see it, and the check that must. */
  group: string;
  check: string;
  /** It is off by little: without a warm machine it could fail by itself. */
  warm?: true;
}

const NOW = 'performance.now() + epochMs;';
const COLD = `if (this.#cell.temperature === 'cold') return this.#open('cold');`;

const mutants: Mutant[] = [
  {
    what: 'its clock runs 5 % fast',
    edits: [{ file: 'clock.ts', from: NOW, to: '(performance.now() + epochMs) * 1.05;' }],
    group: 'warm',
    check: 'sse-h1: cold ttft as the witness saw it',
    warm: true,
  },
  {
    what: 'each process counts from its own start',
    edits: [{ file: 'clock.ts', from: NOW, to: 'performance.now();' }],
    group: 'clocks',
    check: 'clocks of all processes',
  },
  {
    // Each of the two hides the lack of the other: together they are the delay of the handshake.
    what: 'nobody waits for the handshake, neither the link nor the dialer',
    edits: [
      {
        file: 'link/schedule.ts',
        from: 'clientOpensMs: acceptedMs + rttMs,',
        to: 'clientOpensMs: acceptedMs,',
      },
      { file: 'transports/dial.ts', from: '  await handshake(target.handshakeMs);\n', to: '' },
    ],
    group: 'link',
    check: 'sse-h1: cold, 2 round trips',
  },
  {
    what: 'the dialer does not count the handshake as connecting',
    edits: [{ file: 'transports/dial.ts', from: '  await handshake(target.handshakeMs);\n', to: '' }],
    group: 'link',
    check: 'sse-h1: connecting, 1 round trip',
  },
  {
    what: 'a message of several tokens counts as one',
    edits: [{ file: 'metrics/sample.ts', from: "seq - Number(message['from'] ?? seq) + 1", to: '1' }],
    group: 'oracle',
    check: 'blocking: tokens of a merged answer',
  },
  {
    what: 'a warm request opens a new connection',
    edits: [{ file: 'generator/pool.ts', from: COLD, to: 'return this.#open(this.#cell.temperature);' }],
    group: 'warm',
    check: 'websocket: connections of warm requests',
  },
  {
    what: 'a cold request takes the connection of the one before',
    edits: [
      {
        file: 'generator/pool.ts',
        from: COLD,
        to: `if (this.#cell.temperature === 'cold') return this.#idle.shift() ?? this.#open('warm');`,
      },
    ],
    group: 'warm',
    check: 'sse-h1: connections of cold requests',
  },
  {
    what: 'the oracle is not asked',
    edits: [
      {
        file: 'run/collect.ts',
        from: 'violations: (judged.get(record.conn) ?? []).splice(0),',
        to: 'violations: [],',
      },
    ],
    group: 'oracle',
    check: 'websocket: a token is lost',
  },
];

it('finds everything that it injects while nothing is broken', { timeout: PATIENCE_MS }, async () => {
  using copy = new BrokenCopy([]);
  const slice = 'clocks,model,warm,server,grouping,stall,oracle,link';
  const { exitCode, failed } = await copy.calibrate(slice, PATIENCE_MS);
  expect(failed).toEqual([]);
  expect(exitCode).toBe(0);
});

describe('calibration fails when', () => {
  it.each(mutants)('$what', { timeout: PATIENCE_MS }, async ({ edits, group, check, warm }) => {
    using copy = new BrokenCopy(warm ? edits : [HASTE, ...edits]);
    const { exitCode, failed } = await copy.calibrate(group, PATIENCE_MS);
    expect(failed).toContainEqual(expect.stringContaining(check));
    expect(exitCode).toBe(1);
  });
});

it('is not fooled by a mutant that no longer changes anything', () => {
  const edit = { file: 'clock.ts', from: 'what is not there', to: '' };
  expect(() => new BrokenCopy([edit])).toThrow('found it 0 times');
  const often = { file: 'clock.ts', from: 'now', to: '' };
  expect(() => new BrokenCopy([often])).toThrow(/found it \d+ times/);
});
