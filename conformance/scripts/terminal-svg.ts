/**
 * Terminal output as a picture: ANSI text on standard input, SVG on standard output.
 * FORCE_COLOR=1 npm run -s conformance | node conformance/scripts/terminal-svg.ts "npm run conformance" > run.svg
 */
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';

const FONT = 14;
const ADVANCE = 8.43;
const LINE = 20;
const MARGIN = 20;
const COLOURS: Record<string, string> = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341' };

interface Style {
  fill: string;
  bold: boolean;
  dim: boolean;
}

const plain: Style = { fill: '#e6edf3', bold: false, dim: false };

const output = (await text(process.stdin)).replaceAll('\r', '').trimEnd();
const lines = [`\u001b[2m$\u001b[22m ${process.argv[2] ?? ''}`, '', ...output.split('\n')];
const longest = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
const width = Math.ceil(longest * ADVANCE + 2 * MARGIN);
const height = lines.length * LINE + 2 * MARGIN;
const rows = lines.map((line, index) => row(line, MARGIN + (index + 0.75) * LINE));
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" rx="10" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT}">
${rows.join('\n')}
</g>
</svg>
`);

/** One line of text; each run of one style is a tspan. */
function row(line: string, y: number): string {
  let style = plain;
  const [before = '', ...styled] = line.split('\u001b[');
  const spans = styled.map((part) => {
    const [, code = '', content = ''] = /^(\d+)m(.*)$/.exec(part) ?? [];
    style = change(style, code);
    return span(content, style);
  });
  spans.unshift(span(before, plain));
  return `<text x="${MARGIN}" y="${y}">${spans.join('')}</text>`;
}

function change(style: Style, code: string): Style {
  if (code === '0') return plain;
  if (code === '1') return { ...style, bold: true };
  if (code === '2') return { ...style, dim: true };
  if (code === '22') return { ...style, bold: false, dim: false };
  return { ...style, fill: COLOURS[code] ?? plain.fill };
}

function span(content: string, { fill, bold, dim }: Style): string {
  if (content === '') return '';
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  // Viewers disagree about spaces in SVG text; no-break ones stay.
  const spaced = escaped.replaceAll(' ', '\u00a0');
  const weight = bold ? ' font-weight="bold"' : '';
  return `<tspan fill="${fill}"${weight}${dim ? ' opacity="0.6"' : ''}>${spaced}</tspan>`;
}
