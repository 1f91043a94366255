/** How many bytes a well-formed string takes in UTF-8. Counted without encoding: it runs for every token. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) bytes += isSurrogate(unit) || unit < 0x800 ? 1 : 2;
  }
  return bytes;
}

/** A pair is two units and four bytes, so each half counts for two. */
function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
