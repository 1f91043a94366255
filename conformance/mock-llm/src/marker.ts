import type { ChatMessage } from './chat-request.ts';
import { decodeScript, type Script } from './step.ts';

/** What the messages ask for: a registered script, one written out in the message, or nothing. */
export type Marker =
  | { kind: 'key'; key: string }
  | { kind: 'steps'; script: Script }
  | { kind: 'fault'; message: string }
  | { kind: 'none' };

const KEY = /^[A-Za-z0-9_-]+$/;
const MARKER = /\[\[(?:script:([A-Za-z0-9_-]+)\]\]|steps:)/;

/** The text that chooses script `key` when it stands in a user's message. Throws on an impossible key. */
export function markerOf(key: string): string {
  if (!KEY.test(key)) throw new TypeError(`a script key has only A-Z a-z 0-9 _ and -, and this is "${key}"`);
  return `[[script:${key}]]`;
}

/** Looks for a marker from the last user message backwards. */
export function findMarker(messages: readonly ChatMessage[]): Marker {
  for (const message of messages.toReversed()) {
    if (message.role !== 'user') continue;
    const content = textOf(message.content);
    const found = MARKER.exec(content);
    if (!found) continue;
    const [, key] = found;
    return key === undefined ? inlineSteps(content, found.index + found[0].length) : { kind: 'key', key };
  }
  return { kind: 'none' };
}

function textOf(content: ChatMessage['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => (typeof part.text === 'string' ? part.text : '')).join('\n');
}

function inlineSteps(content: string, start: number): Marker {
  const end = endOfArray(content, start);
  if (end === undefined || !content.startsWith(']]', end)) {
    return {
      kind: 'fault',
      message: 'expected [[steps:<a JSON array of steps>]], and the array does not end',
    };
  }
  const decoded = decodeJsonScript(content.slice(start, end));
  if (!decoded.ok) return { kind: 'fault', message: `wrong steps in [[steps:…]]: ${decoded.message}` };
  if (decoded.script.some((step) => step.kind === 'barrier')) {
    return { kind: 'fault', message: 'a barrier in [[steps:…]] has no key, so nobody could open it' };
  }
  return { kind: 'steps', script: decoded.script };
}

function decodeJsonScript(json: string): ReturnType<typeof decodeScript> {
  try {
    return decodeScript(JSON.parse(json));
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** The offset behind the JSON array that begins at `start`; brackets inside strings do not count. */
function endOfArray(content: string, start: number): number | undefined {
  const token = /"(?:[^"\\]|\\.)*"|[[\]]/gs;
  token.lastIndex = start;
  let depth = 0;
  for (let match = token.exec(content); match; match = token.exec(content)) {
    if (match[0] === '[') depth += 1;
    if (match[0] === ']') depth -= 1;
    if (depth <= 0) return token.lastIndex;
  }
  return undefined;
}
