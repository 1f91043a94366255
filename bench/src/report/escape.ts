/** Text from servers and files must stay text wherever it is shown. */

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and attribute values of HTML and SVG; control characters that XML forbids become a replacement character. */
export function escapeXml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what must not get through
  const legal = text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return legal.toWellFormed().replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** For running text of Markdown and cells of its tables. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_|[\]#~]/g, (character) => `\\${character}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\s*[\r\n]+\s*/g, ' ');
}

/** For HTML: a number stays on the line of its unit. */
export function escapeProse(text: string): string {
  return escapeXml(text.replaceAll(/(\d) (ms|s|µs|%|KB|MB|min)\b/g, '$1\u00a0$2'));
}
