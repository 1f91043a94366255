/** What JSON.parse forgives and the protocol does not: duplicate keys, 1.0 and 1e3, depth, lone surrogates. */
import { MAX_DEPTH } from '@tokenwire/spec';
import type { Violation } from '../verdict.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|-?\d[\d.eE+-]*|true|false|null/g;

/** Reads JSON text that is known to parse. */
export function complaintOfJson(raw: string): Omit<Violation, 'event'> | undefined {
  const requirement = 'framing.plain-json';
  const open: { keys: Set<string>; isObject: boolean; expectsKey: boolean }[] = [];
  for (const [token] of raw.matchAll(TOKEN)) {
    const inside = open.at(-1);
    if (token === '{' || token === '[') {
      open.push({ keys: new Set(), isObject: token === '{', expectsKey: token === '{' });
      if (open.length > MAX_DEPTH) {
        return { requirement, expected: `nesting of at most ${MAX_DEPTH}`, actual: 'more' };
      }
    } else if (token === '}' || token === ']') open.pop();
    else if (token === ',' && inside) inside.expectsKey = inside.isObject;
    else if (token.startsWith('"')) {
      const complaint = complaintOfString(token, inside);
      if (complaint) return complaint;
    } else if (/[.eE]/.test(token) && /^-?\d/.test(token)) {
      return { requirement, expected: 'integers without fraction or exponent', actual: token };
    }
  }
  return undefined;
}

function complaintOfString(
  token: string,
  inside: { keys: Set<string>; expectsKey: boolean } | undefined,
): Omit<Violation, 'event'> | undefined {
  const text = JSON.parse(token) as string;
  if (!text.isWellFormed()) {
    return {
      requirement: 'framing.unicode',
      expected: 'well-formed Unicode',
      actual: `a lone surrogate in ${token}`,
    };
  }
  if (!inside?.expectsKey) return undefined;
  inside.expectsKey = false;
  if (inside.keys.has(text)) {
    return { requirement: 'framing.plain-json', expected: 'each key once', actual: `"${text}" twice` };
  }
  inside.keys.add(text);
  return undefined;
}
