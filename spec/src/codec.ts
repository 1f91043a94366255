/** Text on the wire to messages and back. Decoding never throws: what a peer sends is a value. */
import { z } from 'zod';
import { type ClientMessage, clientMessages, type ServerMessage, serverMessages } from './messages.ts';

/** JSON deeper than this is malformed. The message itself is depth 1. */
export const MAX_DEPTH = 32;

/** A type longer than this is cut in `error.re`. */
const MAX_QUOTED_TYPE = 128;

/** What a refused message was about, as it goes into `error.re`. */
export interface Regarding {
  type: string;
  id?: string;
}

/**
 * - `malformed`: nobody can answer it: not JSON, not an object, no type, no readable id. A server closes with 4400.
 * - `invalid`: a known type with a readable id and wrong fields. A server answers `error{invalid, re}`.
 * - `unknown_type`: a server answers `error{unknown_type}`; a client advances over `sequenced`.
 */
export type DecodeFailure =
  | { ok: false; code: 'malformed'; message: string }
  | { ok: false; code: 'invalid'; message: string; re: Regarding }
  | { ok: false; code: 'unknown_type'; message: string; re: Regarding; sequenced?: Sequenced };

/** Where a logged message of unknown type stands. */
export interface Sequenced {
  id: string;
  from: number;
  seq: number;
}

export type Decoded<M> = { ok: true; message: M } | DecodeFailure;

/** One message as JSON text. */
export function encode(message: ClientMessage | ServerMessage): string {
  return JSON.stringify(message);
}

/** Reads what a client sent. */
export function decodeClient(text: string): Decoded<ClientMessage> {
  return decode(text, clientMessages);
}

/** Reads what a server sent; unknown values of open enums are read as their fallback. */
export function decodeServer(text: string): Decoded<ServerMessage> {
  return decode(text, serverMessages);
}

function decode<T extends Record<string, z.ZodType>>(
  text: string,
  schemas: T,
): Decoded<z.output<T[keyof T]>> {
  const object = readObject(text);
  if (typeof object === 'string') return { ok: false, code: 'malformed', message: object };
  const { type } = object;
  if (typeof type !== 'string') {
    return { ok: false, code: 'malformed', message: `expected a string in "type", got ${describe(type)}` };
  }
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (schema === undefined) return unknownType(type, object, Object.keys(schemas));
  const result = schema.safeParse(object);
  const complaint = result.success ? complainOfUnicode(text, object) : explain(result.error);
  if (result.success && complaint === undefined) {
    return { ok: true, message: result.data as z.output<T[keyof T]> };
  }
  const message = `${type}: ${complaint}`;
  // A stray "id" in a type without one names no request that could be answered.
  const id = hasId(schema) ? readId(object.id) : undefined;
  return id === undefined
    ? { ok: false, code: 'malformed', message }
    : { ok: false, code: 'invalid', message, re: { type, id } };
}

function unknownType(type: string, object: Record<string, unknown>, known: string[]): DecodeFailure {
  const id = readId(object.id);
  const sequenced = readSequence(id, object);
  return {
    ok: false,
    code: 'unknown_type',
    message: `unknown type "${quotable(type, 64)}"; known: ${known.join(', ')}`,
    re: { type: quotable(type, MAX_QUOTED_TYPE), ...(id !== undefined && { id }) },
    ...(sequenced && { sequenced }),
  };
}

/** What a peer wrote goes back to it cut and well-formed: an answer has a size limit, and no lone surrogates. */
function quotable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).toWellFormed();
}

function hasId(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject && Object.hasOwn(schema.shape, 'id');
}

function readObject(text: string): Record<string, unknown> | string {
  if (exceedsDepth(text)) return `JSON deeper than ${MAX_DEPTH}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `expected one JSON object, got text that is not JSON (${text.length} characters)`;
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : `expected one JSON object, got ${describe(value)}`;
}

/** Counts brackets outside of strings, so that a hostile depth is refused before it is parsed. */
function exceedsDepth(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === BACKSLASH) i++;
      else if (c === QUOTE) inString = false;
    } else if (c === QUOTE) inString = true;
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return true;
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) depth--;
  }
  return false;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

function readId(id: unknown): string | undefined {
  return typeof id === 'string' && /^[A-Za-z0-9_-]{16,64}$/.test(id) ? id : undefined;
}

function readSequence(id: string | undefined, object: Record<string, unknown>): Sequenced | undefined {
  const { seq, from = seq } = object;
  if (id === undefined || !isSeq(seq) || !isSeq(from) || from > seq) return undefined;
  return { id, from, seq };
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/** Only an escape can carry a lone surrogate into JSON text that came as UTF-8. */
function complainOfUnicode(text: string, object: unknown): string | undefined {
  if (!/\\ud[89a-f]/i.test(text) && text.isWellFormed()) return undefined;
  return isWellFormed(object) ? undefined : 'expected well-formed Unicode, got a lone surrogate';
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}

function explain(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${quotable(issue.path.join('.'), 128) || 'message'}: ${issue.message}`)
    .join('; ');
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
