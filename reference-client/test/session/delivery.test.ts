/** Whatever happens between the log and the client, the text that is delivered is the text of the log. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8Bytes } from '../../src/session/utf8.ts';
import { end, type Harness, harness, ID, resumed, start, token } from './harness.ts';

type Happening =
  /** The next entries, as one message where they are tokens. */
  | { kind: 'deliver'; entries: number }
  /** An entry that was sent on this connection already. */
  | { kind: 'repeat'; back: number }
  /** Entries that follow later ones: the ones between were lost. */
  | { kind: 'skip'; entries: number }
  /** A logged message that this client does not know, in the place of nothing. */
  | { kind: 'noise' }
  /** An old connection speaks once more. */
  | { kind: 'echo' }
  | { kind: 'cut'; beforeWelcome: boolean };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), entries: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('repeat' as const), back: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('skip' as const), entries: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'noise' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'echo' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), beforeWelcome: fc.boolean() }) },
);

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 });

test('for any cuts, losses, repeats and merges', () => {
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 30 }),
      fc.array(happening, { maxLength: 60 }),
      (texts, happenings) => {
        const server = new FakeServer(texts);
        for (const event of happenings) server.happen(event);
        server.deliverRest();
        const whole = texts.join('');
        expect(server.client.tokens.map((t) => t.text).join('')).toBe(whole);
        expect(server.client.endings.get(ID)).toEqual({
          text: whole,
          finishReason: 'stop',
          upstream: 'completed',
        });
        expect(
          server.client.sent.filter(({ message }) => message.type === 'generate').length,
        ).toBeGreaterThan(0);
      },
    ),
    { numRuns: 500 },
  );
});

/** A log, and one attachment to it. Entry 1 is `start`, the last is `end`. */
class FakeServer {
  readonly client: Harness = harness({ maxAttempts: 1_000 });
  readonly #texts: readonly string[];
  #connection = 1;
  /** The last entry sent on this attachment; undefined while nothing is attached. */
  #cursor: number | undefined;
  #handled = 0;
  /** Skips since the client could apply something: a real one gives up after three. */
  #skips = 0;

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    this.client.generate();
    this.client.connect(1);
    this.#answer();
  }

  happen(event: Happening): void {
    if (this.client.endings.size > 0) return;
    switch (event.kind) {
      case 'deliver':
        this.#deliver(event.entries);
        break;
      case 'repeat':
        if (this.#cursor !== undefined && this.#cursor > event.back) this.#send(this.#cursor - event.back, 1);
        break;
      case 'skip':
        this.#skip(event.entries);
        break;
      case 'noise':
        this.client.server(this.#connection, { type: 'x.example.com.mood', id: ID, mood: 'calm' });
        break;
      case 'echo':
        this.client.server(this.#connection - 1, token(2, 'echo'));
        break;
      case 'cut':
        this.#cut(event.beforeWelcome);
        break;
      default:
        event satisfies never;
    }
    this.#answer();
  }

  deliverRest(): void {
    while (this.client.endings.size === 0) this.#deliver(1);
  }

  #deliver(entries: number): void {
    if (this.#cursor === undefined) return;
    this.#skips = 0;
    this.#cursor += this.#send(this.#cursor + 1, entries);
  }

  #skip(entries: number): void {
    if (this.#cursor === undefined || this.#skips >= 2) return;
    const next = this.#cursor + 1 + entries;
    if (next > this.#texts.length + 2) return;
    this.#skips += 1;
    this.#send(next, 1);
  }

  #cut(beforeWelcome: boolean): void {
    this.client.lose(this.#connection);
    this.#reconnect();
    if (beforeWelcome) {
      this.client.input({ kind: 'opened', connection: this.#connection, protocol: 'tokenwire.v1' });
      this.client.lose(this.#connection);
      this.#reconnect();
    }
    this.client.connect(this.#connection);
  }

  #reconnect(): void {
    this.client.advance(1_000);
    this.#connection += 1;
    this.#cursor = undefined;
  }

  /** Answers what the client asked since the last time. */
  #answer(): void {
    for (; this.#handled < this.client.sent.length; this.#handled++) {
      const { connection, message } = this.client.sent[this.#handled] ?? {};
      if (connection !== this.#connection) continue;
      if (message?.type === 'generate' && this.#handled < 2) this.#cursor = 0;
      else if (message?.type === 'resume' || message?.type === 'generate') {
        this.#cursor = message.type === 'resume' ? message.after : 0;
        this.client.server(connection, resumed(this.#cursor + 1, this.#texts.length + 2));
      }
    }
  }

  /** Sends one message that begins with an entry, and returns how many entries it covers. */
  #send(seq: number, entries: number): number {
    if (seq === 1) {
      this.client.server(this.#connection, start());
      return 1;
    }
    const merged = this.#texts.slice(seq - 2, seq - 2 + entries);
    if (merged.length === 0) {
      const bytes = utf8Bytes(this.#texts.join(''));
      this.client.server(this.#connection, end(this.#texts.length + 2, bytes));
      return 1;
    }
    const last = seq + merged.length - 1;
    this.client.server(this.#connection, token(last, merged.join(''), merged.length > 1 ? seq : undefined));
    return merged.length;
  }
}
