/** The published JSON Schemas 2020-12: strict for what is sent, open for what is received. */
import { z } from 'zod';
import { clientMessages, serverMessages } from '../src/messages.ts';
import { describeMessage } from './descriptions.ts';

export const SCHEMA_BASE = 'https://tokenwire.dev/schemas/v1';

type Strictness = 'strict' | 'open';
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** Names of vendors, for fields and values alike. */
const VENDOR_NAME = '^x\\.';

/** Path below spec/ to content. */
export function schemaFiles(): [string, string][] {
  return (['strict', 'open'] as const).flatMap((strictness) => [
    ...Object.entries({ ...clientMessages, ...serverMessages }).map(([type, schema]) =>
      file(strictness, type, messageSchema(schema, type, strictness)),
    ),
    file(strictness, 'client', unionSchema('client', Object.keys(clientMessages), strictness)),
    file(strictness, 'server', unionSchema('server', Object.keys(serverMessages), strictness)),
  ]);
}

function file(strictness: Strictness, name: string, schema: JsonObject): [string, string] {
  return [`schemas/${strictness}/${name}.json`, `${JSON.stringify(schema, null, 2)}\n`];
}

function messageSchema(schema: z.ZodType, type: string, strictness: Strictness): JsonObject {
  const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input' }) as JsonObject;
  return {
    $schema: $schema ?? '',
    $id: `${SCHEMA_BASE}/${strictness}/${type}.json`,
    title: type,
    description: `${describeMessage(type)} ${SCOPE[strictness]}`,
    ...(adapt(body, strictness) as JsonObject),
  };
}

const SCOPE = {
  strict: 'For senders: known fields and values, and those of vendors.',
  open: 'For receivers: unknown fields and unknown values of open enums are accepted.',
} as const;

function unionSchema(from: 'client' | 'server', types: string[], strictness: Strictness): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${SCHEMA_BASE}/${strictness}/${from}.json`,
    title: `${from} message`,
    description: `Every message that a ${from} may send. ${SCOPE[strictness]}`,
    oneOf: types.map((type) => ({ $ref: `${type}.json` })),
  };
}

/** Turns zod's schema into the strict or the open one; keys that only zod needs are dropped. */
function adapt(node: Json, strictness: Strictness): Json {
  if (Array.isArray(node)) return node.map((inner) => adapt(inner, strictness));
  if (typeof node !== 'object' || node === null) return node;
  const { 'x-known': known, propertyNames: _, ...rest } = node;
  const adapted: JsonObject = {};
  for (const [key, value] of Object.entries(rest)) {
    adapted[key] =
      key === 'properties' ? adaptEach(value as JsonObject, strictness) : adapt(value, strictness);
  }
  if (strictness === 'open') return adapted;
  if (known !== undefined) return { ...adapted, anyOf: [{ enum: known }, { pattern: VENDOR_NAME }] };
  // Only parts of a message have `properties`; objects of free form have none and stay free.
  if (adapted.properties === undefined) return adapted;
  return { ...adapted, patternProperties: { [VENDOR_NAME]: {} }, additionalProperties: false };
}

/** The names of `properties` are fields of the wire, not keywords. */
function adaptEach(properties: JsonObject, strictness: Strictness): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, adapt(schema, strictness)]),
  );
}
