/** The kinds of field that messages are made of. */
import { z } from 'zod';

/** An integer from 0 to 2^53 - 1: counts, sequence numbers, milliseconds, bytes. */
export const count = z.int().min(0);

/** A sequence number of a logged message: 1, 2, 3, … within one stream. */
export const seq = z.int().min(1);

/** The one handle of a stream: idempotency, cancel and resume. Chosen by the client; a UUID is recommended. */
export const streamId = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/, 'expected 16 to 64 of A-Z a-z 0-9 _ -');

/** Names a log store. Opaque. */
export const epoch = z.string().min(1).max(128);

/** The client's secret that stands in for a principal: at least 128 random bits. */
export const session = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22,128}$/, 'expected a secret of 22 to 128 of A-Z a-z 0-9 _ -');

/** Any JSON object. */
export const jsonObject = z.record(z.string(), z.unknown());

/** Feature names with `true` or an object of options. */
export const features = z.record(z.string(), z.union([z.literal(true), jsonObject]));

/**
 * An enum that may grow: senders use the known values, receivers read any other string as `fallback`.
 * The key `x-known` lets the published strict schema list the values.
 */
export function openEnum<const V extends readonly string[]>(values: V, fallback: V[number]) {
  return z
    .string()
    .meta({ 'x-known': values })
    .transform((value): V[number] => (values.includes(value) ? value : fallback));
}

/** A string whose known values are listed, and whose unknown values are kept as they came. */
export function openName(values: readonly string[]) {
  return z.string().min(1).meta({ 'x-known': values });
}
