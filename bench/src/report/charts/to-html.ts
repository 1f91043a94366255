/** A chart for the page: a grid of text and SVG rows; on a narrow screen the text stands above its marks. */
import { escapeXml } from '../escape.ts';
import { gridLines, ROW } from './marks.ts';
import { type ChartRow, type RowChart, rowInWords } from './row-chart.ts';
import { WIDTH } from './scale.ts';

/** The chart as an HTML figure. */
export function chartToHtml(chart: RowChart): string {
  const { title, caption, groups, legend, footnote } = chart;
  const rows = groups.flatMap(({ heading, rows }) => [
    heading === undefined ? '' : `<div class="group">${escapeXml(heading)}</div>`,
    ...rows.map((row) => rowToHtml(row, chart)),
  ]);
  const keys = (legend ?? []).map(
    ({ kind, label }) =>
      `<span><svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="bar ${kind}" width="10" height="10"/></svg>${escapeXml(label)}</span>`,
  );
  return `<figure class="chart">
<figcaption><b>${escapeXml(title)}</b> ${escapeXml(caption)}</figcaption>
${keys.length > 0 ? `<div class="legend">${keys.join('')}</div>` : ''}
${rows.join('\n')}
<div class="row axis" aria-hidden="true"><div></div><div class="ticks">${ticks(chart)}</div><div></div></div>
${footnote === undefined ? '' : `<p class="footnote">${escapeXml(footnote)}</p>`}
</figure>`;
}

function rowToHtml(row: ChartRow, chart: RowChart): string {
  const words = escapeXml(rowInWords(row));
  const spans = (row.spans ?? []).map(
    ({ from, to, text }) =>
      `<div style="left:${from / 10}%;width:${Math.round(to - from) / 10}%"><span>${escapeXml(text)}</span></div>`,
  );
  return `<div class="row ${row.colour}${row.faded === true ? ' faded' : ''}"><div class="label"><i></i><span>${escapeXml(row.label)}${small(row.note)}</span></div>\
<div class="plot"><svg role="img" aria-label="${words}" viewBox="0 0 ${WIDTH} ${ROW}" preserveAspectRatio="none"><title>${words}</title>${gridLines(chart)}${row.marks}</svg>\
${spans.length > 0 ? `<div class="spans" aria-hidden="true">${spans.join('')}</div>` : ''}</div>\
<div class="value"><b>${escapeXml(row.value)}</b>${small(row.detail)}</div></div>`;
}

function small(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `<small>${escapeXml(text)}</small>`;
}

function ticks({ scale }: RowChart): string {
  return scale.ticks
    .map(({ at, label }) => {
      const edge = at < 30 ? ' class="first"' : at > WIDTH - 30 ? ' class="last"' : '';
      return `<span${edge} style="left:${at / 10}%">${escapeXml(label)}</span>`;
    })
    .join('');
}
