/** A chart as an SVG file of its own, on an opaque ground: it may be shown on a page of the other theme. */
import { escapeXml } from '../escape.ts';
import { chartCss, svgThemeCss } from '../theme.ts';
import { gridLines, ROW } from './marks.ts';
import { type ChartRow, chartInWords, type RowChart } from './row-chart.ts';
import { WIDTH } from './scale.ts';

const LABEL = 16;
const PLOT = 236;
const PLOT_WIDTH = 480;
const VALUE = PLOT + PLOT_WIDTH + 20;
const PAGE = 960;
const GROUP = 30;

/** The chart as an SVG document. */
export function chartToSvg(chart: RowChart): string {
  const parts: string[] = [text(LABEL, 28, chart.title, 'title')];
  let y = 40;
  for (const line of wrapped(chart.caption, 150)) parts.push(text(LABEL, (y += 14), line, 'small'));
  if (chart.legend !== undefined) parts.push(legend(chart.legend, (y += 22)));
  y += 12;
  for (const { heading, rows } of chart.groups) {
    if (heading !== undefined) parts.push(text(LABEL, (y += GROUP) - 10, heading, 'group'));
    for (const row of rows) {
      parts.push(rowToSvg(row, chart, y));
      y += ROW;
    }
  }
  parts.push(axis(chart, y));
  y += 34;
  if (chart.footnote !== undefined) {
    for (const line of wrapped(chart.footnote, 150)) parts.push(text(LABEL, (y += 14), line, 'small'));
    y += 10;
  }
  return page(chart, y, parts);
}

function page(chart: RowChart, height: number, parts: readonly string[]): string {
  const words = escapeXml(chartInWords(chart));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${PAGE}" height="${height}" viewBox="0 0 ${PAGE} ${height}" role="img" aria-label="${words}">
<style>${svgThemeCss}${chartCss}
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}
.title{font-size:16px;font-weight:600}.group{font-weight:600}.small{font-size:11.5px;fill:var(--soft)}.strong{font-weight:600}
.ground{fill:var(--ground)}</style>
<rect class="ground" width="${PAGE}" height="${height}" rx="6"/>
${parts.join('\n')}
</svg>
`;
}

function rowToSvg(row: ChartRow, chart: RowChart, y: number): string {
  const note = row.note ?? '';
  const detail = row.detail ?? '';
  const spans = (row.spans ?? []).map(({ from, to, text: name }) => {
    const room = ((to - from) / WIDTH) * PLOT_WIDTH;
    const x = PLOT + (from / WIDTH) * PLOT_WIDTH + 2;
    return name.length * 6 < room ? text(x, y + ROW - 1, name, 'small') : '';
  });
  return `<g class="${row.colour}${row.faded === true ? ' faded' : ''}"><rect class="swatch" x="${LABEL}" y="${y + 17}" width="9" height="9"/>\
${text(LABEL + 16, y + (note === '' ? 26 : 19), cut(row.label, 34), '')}${note === '' ? '' : text(LABEL + 16, y + 35, cut(note, 36), 'small')}\
<svg class="plot" overflow="visible" x="${PLOT}" y="${y}" width="${PLOT_WIDTH}" height="${ROW}" viewBox="0 0 ${WIDTH} ${ROW}" preserveAspectRatio="none">${gridLines(chart)}${row.marks}</svg>\
${spans.join('')}${text(VALUE, y + (detail === '' ? 26 : 19), cut(row.value, 32), 'strong')}${detail === '' ? '' : text(VALUE, y + 35, cut(detail, 38), 'small')}</g>`;
}

function axis({ scale }: RowChart, y: number): string {
  return scale.ticks
    .map(({ at, label }) => {
      const x = PLOT + (at / WIDTH) * PLOT_WIDTH;
      return `<text class="small" x="${x.toFixed(1)}" y="${y + 16}" text-anchor="middle">${escapeXml(label)}</text>`;
    })
    .join('');
}

function legend(entries: NonNullable<RowChart['legend']>, y: number): string {
  let x = LABEL;
  return entries
    .map(({ kind, label }) => {
      const drawn = `<rect class="bar ${kind}" x="${x}" y="${y - 9}" width="10" height="10"/>${text(x + 15, y, label, 'small')}`;
      x += 34 + label.length * 6.2;
      return drawn;
    })
    .join('');
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text${kind === '' ? '' : ` class="${kind}"`} x="${Number(x.toFixed(1))}" y="${y}">${escapeXml(content)}</text>`;
}

function cut(content: string, length: number): string {
  return content.length > length ? `${content.slice(0, length - 1)}…` : content;
}

function wrapped(content: string, length: number): string[] {
  const lines: string[] = [''];
  for (const word of content.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length < length) lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
