import { describe, expect, test } from 'vitest';
import { isRequirementId } from '../src/catalogue.ts';
import { closeCodes, type ErrorCode, errorCodes } from '../src/codes.ts';
import { decodeClient, decodeServer } from '../src/codec.ts';
import { clientMessages, finishReasons, serverMessages, upstreamOutcomes } from '../src/messages.ts';
import { complaint, type Side, type Transcript, transcripts, validTranscripts } from './published.ts';

const decodeOf = { client: decodeClient, server: decodeServer };

interface Sent {
  from: Side;
  message: Record<string, unknown>;
}

const sentIn = ({ events }: Transcript): Sent[] =>
  events.flatMap(({ from, message }) => (from && message ? [{ from, message }] : []));

describe.each(transcripts)('$file', (transcript) => {
  const { header, events, file } = transcript;

  test('has a header that says what it is', () => {
    expect(file).toBe(`${header.transcript}.jsonl`);
    expect(header.title).toMatch(/^\w.* .*\.$/);
    expect(header.valid).toBe(!file.startsWith('bad-'));
    expect(header.violates !== undefined).toBe(!header.valid);
  });

  test('names only requirements that exist', () => {
    const ids = [...header.requirements, ...(header.violates ?? []), ...(header.provokes ?? [])];
    expect(ids.filter((id) => !isRequirementId(id))).toEqual([]);
    expect(header.requirements.length).toBeGreaterThan(0);
  });

  test('holds messages that the codec and, independently, the schemas accept', () => {
    for (const { from, message } of sentIn(transcript)) {
      expect(decodeOf[from](JSON.stringify(message))).toMatchObject({ ok: true });
      expect(complaint(`strict/${from}`, message)).toBeUndefined();
      expect(complaint(`open/${from}`, message)).toBeUndefined();
    }
  });

  test('holds raw text that both refuse', () => {
    for (const { from, raw, decodes } of events) {
      if (raw === undefined || from === undefined) continue;
      expect(decodeOf[from](raw)).toMatchObject({ ok: false, code: decodes });
      if (isBeyondSchemas(raw)) continue;
      expect(complaint(`open/${from}`, parse(raw))).toBeTypeOf('string');
    }
  });

  test('uses a connection only while it is open', () => {
    const open = new Set<string>();
    for (const event of events) {
      if (event.conn === undefined) continue;
      expect(open.has(event.conn)).toBe(event.open === undefined);
      if (event.open?.selected) open.add(event.conn);
      if (event.close) open.delete(event.conn);
    }
  });
});

/** Lone surrogates and depth are beyond JSON Schema. */
function isBeyondSchemas(raw: string): boolean {
  return /\\ud[89a-f]/i.test(raw) || raw.includes('['.repeat(32));
}

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

describe.each(validTranscripts)('$file, which is valid', (transcript) => {
  test('counts seq and bytes right in every stream that ends', () => {
    for (const [id, log] of logsOf(transcript)) {
      const end = log.find(({ type }) => type === 'end');
      const text = log.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
      const bytes = Buffer.byteLength(text);
      expect([id, end?.['utf8_bytes'] ?? bytes]).toEqual([id, bytes]);
      for (const [index, entry] of log.entries()) {
        const before = Number(log[index - 1]?.['seq'] ?? 0);
        expect([id, entry['from'] ?? entry['seq']]).toEqual([id, before + 1]);
      }
    }
  });

  test('gives each error the retryable of its table', () => {
    for (const { code, retryable, where } of errorsOf(transcript)) {
      const known = (errorCodes as Record<string, ErrorCode>)[code];
      expect([code, retryable]).toEqual([code, known?.retryable]);
      expect([where, 'both']).toContain(known?.where);
    }
  });
});

/** Each stream as a client that obeys the rules puts it together: what is behind its cursor, in order. */
function logsOf(transcript: Transcript): Map<string, Record<string, unknown>[]> {
  const logs = new Map<string, Record<string, unknown>[]>();
  for (const event of transcript.events) {
    const message = event.message ?? (event.decodes === 'unknown_type' ? JSON.parse(event.raw ?? '') : {});
    if (event.from !== 'server' || message.seq === undefined) continue;
    const log = logs.get(message.id) ?? [];
    if (message.seq > Number(log.at(-1)?.['seq'] ?? 0)) log.push(cutAbove(log, message));
    logs.set(message.id, log);
  }
  return logs;
}

/** A replay may begin inside of what was read before, when the client asked for it. */
function cutAbove(log: Record<string, unknown>[], message: Record<string, unknown>): Record<string, unknown> {
  const cursor = Number(log.at(-1)?.['seq'] ?? 0);
  if (Number(message['from'] ?? message['seq']) > cursor) return message;
  throw new Error(`a valid transcript overlaps at seq ${String(message['seq'])}`);
}

interface SentError {
  where: 'request' | 'stream';
  code: string;
  retryable: boolean;
}

function errorsOf(transcript: Transcript): SentError[] {
  return sentIn(transcript).flatMap(({ message }): SentError[] => {
    const { code, retryable } = (message['error'] ?? message) as SentError;
    if (message['type'] === 'error') return [{ where: 'request', code, retryable }];
    return message['error'] === undefined ? [] : [{ where: 'stream', code, retryable }];
  });
}

describe.each([
  ['valid', validTranscripts],
  ['invalid', transcripts.filter(({ header }) => !header.valid)],
] as const)('the %s transcripts together', (_, chosen) => {
  const sent = chosen.flatMap(sentIn);
  const typesFrom = (side: Side) =>
    sent.filter(({ from }) => from === side).map(({ message }) => message['type']);
  const ends = sent.filter(({ message }) => message['type'] === 'end').map(({ message }) => message);

  test('show every message type, in each direction', () => {
    expect(missing(Object.keys(clientMessages), typesFrom('client'))).toEqual([]);
    expect(missing(Object.keys(serverMessages), typesFrom('server'))).toEqual([]);
  });

  test('show every error code, in error and in end.error', () => {
    for (const place of ['request', 'stream'] as const) {
      const codes = Object.entries<ErrorCode>(errorCodes).filter(([, { where }]) =>
        [place, 'both'].includes(where),
      );
      const shown = chosen.flatMap(errorsOf).filter(({ where }) => where === place);
      expect(
        missing(
          codes.map(([code]) => code),
          shown.map(({ code }) => code),
        ),
      ).toEqual([]);
    }
  });

  test('show every close code, finish_reason and upstream', () => {
    const closes = chosen.flatMap(({ events }) => events.map(({ close }) => String(close?.code)));
    expect(missing(Object.keys(closeCodes), closes)).toEqual([]);
    expect(
      missing(
        finishReasons,
        ends.map((end) => end['finish_reason']),
      ),
    ).toEqual([]);
    expect(
      missing(
        upstreamOutcomes,
        ends.map((end) => end['upstream']),
      ),
    ).toEqual([]);
  });
});

function missing(wanted: readonly string[], shown: readonly unknown[]): string[] {
  return wanted.filter((value) => !shown.includes(value));
}
