/** When are two `generate` messages the same request? */
import { createHash } from 'node:crypto';
import type { ClientMessageOf } from '@tokenwire/spec';

/**
 * A hash that is equal for equal payloads: all fields but `resend` and `trace`, in any order of keys.
 */
export function payloadHash(generate: ClientMessageOf<'generate'>): string {
  // generate.payload-equality: payloads that differ only in key order, `resend` or `trace` are equal.
  const { resend: _resend, trace: _trace, ...fields } = generate;
  return createHash('sha256').update(canonical(fields)).digest('base64');
}

/** JSON with sorted keys. Its depth is bounded by the codec. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}
