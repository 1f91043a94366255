/** The text of a stream: what a model sent, made well-formed and cut to size. */

/** Joins delta strings so that a surrogate pair split across two of them becomes one character. */
export class TextJoiner {
  #half = '';

  /** The text that is complete with this delta; may be empty. */
  push(delta: string): string {
    const text = this.#half + delta;
    // sequence.surrogates: halves split across deltas are rejoined, a lone half becomes U+FFFD.
    this.#half = endsInHighSurrogate(text) ? text.slice(-1) : '';
    return (this.#half === '' ? text : text.slice(0, -1)).toWellFormed();
  }

  /** What was held back, at the natural end of the text. */
  flush(): string {
    const rest = this.#half.toWellFormed();
    this.#half = '';
    return rest;
  }
}

function endsInHighSurrogate(text: string): boolean {
  return (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
}

/** One UTF-16 unit takes at most this many bytes in JSON: `\u0000`. */
const MOST_BYTES_PER_UNIT = 6;

/** Cuts well-formed text into pieces whose JSON is at most `maxBytes`, between code points, by halving. */
export function splitText(text: string, maxBytes: number): string[] {
  if (text.length * MOST_BYTES_PER_UNIT <= maxBytes || jsonBytes(text) <= maxBytes) return [text];
  const half = Math.floor(text.length / 2);
  const middle = endsInHighSurrogate(text.slice(0, half)) ? half + 1 : half;
  if (middle === 0 || middle === text.length) return [text];
  return [...splitText(text.slice(0, middle), maxBytes), ...splitText(text.slice(middle), maxBytes)];
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** How many characters of text fit into `maxBytes` of JSON, whatever they are. */
export function charsFor(maxBytes: number): number {
  return Math.max(1, Math.floor(maxBytes / MOST_BYTES_PER_UNIT));
}

/** Shortens text for a message or a log line, well-formed and at most `maxBytes` of UTF-8. */
export function clip(text: string, maxBytes: number): string {
  const wellFormed = text.slice(0, maxBytes).toWellFormed();
  if (wellFormed.length === text.length && Buffer.byteLength(wellFormed) <= maxBytes) return wellFormed;
  const bytes = Buffer.from(wellFormed).subarray(0, maxBytes - 3);
  return `${bytes.toString('utf8').replace(/\uFFFD+$/, '')}…`;
}
