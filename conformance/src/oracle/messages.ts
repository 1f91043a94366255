/** Rules on single messages: sections Framing, Errors, and what `hello` allowed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorCodes, serverMessages } from '@tokenwire/spec';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { TraceEventOf, WireMessage } from '../trace.ts';
import type { Violation } from '../verdict.ts';
import { complaintOfJson } from './plain-json.ts';
import type { ConnectionView, Seen, View } from './view.ts';

// That the schemas are schemas is tested where they are made; here it would cost each run its start.
const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, meta: false });
const validators = new Map<string, ValidateFunction>();

/** The published schema for what a server may send, read from the spec package as any other user would. */
function validatorOf(type: string): ValidateFunction {
  const known = validators.get(type);
  if (known) return known;
  const file = fileURLToPath(import.meta.resolve(`@tokenwire/spec/schemas/strict/${type}.json`));
  const compiled = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  validators.set(type, compiled);
  return compiled;
}

export function judgeMessages(view: View): Violation[] {
  const received = view.trace.events.flatMap((event, index) =>
    event.kind === 'received' ? [{ event, index }] : [],
  );
  return [
    ...received.flatMap(({ event, index }) => judgeText(event, index)),
    ...view.connections.flatMap(judgeConnection),
  ];
}

function judgeText(event: TraceEventOf<'received'>, index: number): Violation[] {
  const requirement = 'framing.server-messages';
  if (event.binary || event.message === undefined) {
    const actual = event.binary ? 'a binary message' : event.raw;
    return [{ requirement, expected: 'a text message holding one JSON object', actual, event: index }];
  }
  const plain = complaintOfJson(event.raw);
  if (plain) return [{ ...plain, actual: `${plain.actual} in ${event.raw}`, event: index }];
  const type = String(event.message['type']);
  if (type.startsWith('x.')) return [];
  const expected = Object.hasOwn(serverMessages, type)
    ? complaintOfSchema(type, event.message)
    : 'a type that servers send';
  return expected === undefined ? [] : [{ requirement, expected, actual: event.raw, event: index }];
}

/** What the schema demands and the message lacks. */
function complaintOfSchema(type: string, message: WireMessage): string | undefined {
  const isValid = validatorOf(type);
  if (isValid(message)) return undefined;
  const [error] = isValid.errors ?? [];
  return error ? `${error.instancePath || 'the message'} ${error.message ?? ''}` : 'a valid message';
}

function judgeConnection(connection: ConnectionView): Violation[] {
  return [
    ...judgeWelcome(connection),
    ...connection.received.flatMap(judgeRe),
    ...connection.received.flatMap(judgeRetryable),
    ...judgeSizes(connection),
  ];
}

function judgeWelcome({ dialled, sent, received }: ConnectionView): Violation[] {
  const violations: Violation[] = [];
  const [first, ...rest] = received;
  if (first && !dialled.offered.includes('tokenwire.v1')) {
    const requirement = 'handshake.not-offered';
    violations.push({ requirement, expected: 'no message', actual: first.type, event: first.event });
  }
  const misplaced = first && first.type !== 'welcome' ? first : rest.find((item) => item.type === 'welcome');
  if (misplaced) {
    const requirement = 'handshake.welcome-first';
    const expected = 'welcome as the first message, once';
    violations.push({ requirement, expected, actual: misplaced.type, event: misplaced.event });
  }
  const offered = keysOf(sent.find((item) => item.type === 'hello')?.message['features']);
  const used = keysOf(first?.message['features']).find((feature) => !offered.includes(feature));
  if (first && used !== undefined) {
    const requirement = 'version.features-negotiated';
    const expected = `only features of hello (${offered.join(', ') || 'none'})`;
    violations.push({ requirement, expected, actual: used, event: first.event });
  }
  return violations;
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function judgeRe({ type, message, event }: Seen): Violation[] {
  const re = message['re'] as WireMessage | undefined;
  if (type !== 'error' || typeof re?.['type'] === 'string') return [];
  return [{ requirement: 'error.re', expected: 're with a type', actual: JSON.stringify(re ?? null), event }];
}

/** Of an `error`, and of the `error` in an `end`. */
function judgeRetryable({ type, message, event }: Seen): Violation[] {
  const error = (type === 'end' ? message['error'] : type === 'error' ? message : undefined) as
    | WireMessage
    | undefined;
  const code = String(error?.['code']);
  const known = Object.hasOwn(errorCodes, code) ? errorCodes[code as keyof typeof errorCodes] : undefined;
  if (!known || error?.['retryable'] === known.retryable) return [];
  const expected = `retryable: ${known.retryable} with ${code}`;
  return [{ requirement: 'error.retryable', expected, actual: String(error?.['retryable']), event }];
}

function judgeSizes({ received }: ConnectionView): Violation[] {
  const limits = received.find((item) => item.type === 'welcome')?.message['limits'] as
    | WireMessage
    | undefined;
  const most = limits?.['max_server_bytes'];
  if (typeof most !== 'number') return [];
  return received.flatMap(({ bytes, event }) => {
    const expected = `at most ${most} bytes`;
    return bytes <= most
      ? []
      : [{ requirement: 'framing.max-server-bytes', expected, actual: `${bytes} bytes`, event }];
  });
}
