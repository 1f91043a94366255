/**
 * Splits the bytes of a server-sent event inside its text.
 * @param event the whole event, with `text` as its "content"
 * @param cutAt offsets into the UTF-8 bytes of `text`
 */
export function cutEvent(event: string, text: string, cutAt: readonly number[]): Uint8Array[] {
  // Inside a JSON string every quote is escaped, so this finds the property and nothing else.
  const property = '"content":"';
  const start = Buffer.byteLength(event.slice(0, event.indexOf(property) + property.length));
  const offsets = [...new Set(cutAt)].sort((a, b) => a - b).map((at) => start + escapedOffset(text, at));
  const bytes = Buffer.from(event);
  return [0, ...offsets].map((from, index) => bytes.subarray(from, offsets[index]));
}

/** Where byte `at` of the text is once the text is escaped as a JSON string. */
function escapedOffset(text: string, at: number): number {
  let plain = 0;
  let escaped = 0;
  for (const character of text) {
    const size = Buffer.byteLength(character);
    const escapedSize = Buffer.byteLength(JSON.stringify(character)) - 2;
    if (plain + size > at) return escaped + Math.min(at - plain, escapedSize);
    plain += size;
    escaped += escapedSize;
  }
  return escaped;
}
