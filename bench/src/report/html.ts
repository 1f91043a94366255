/** The report as one page that needs nothing else: no request leaves it, and it reads without scripts. */
import type { Result } from '../result/schema.ts';
import { chartToHtml } from './charts/to-html.ts';
import { reportOf } from './document.ts';
import { escapeProse, escapeXml } from './escape.ts';
import type { Block, Cell, Section, Table, Tone } from './model.ts';
import { themeScript } from './script.ts';
import { pageCss } from './style.ts';

/** Not the colour alone says it. */
export const toneSigns: Record<Tone, string> = { good: '✓', bad: '✗', open: '≈', quiet: '–' };

/** The page. */
export function renderHtml(result: Result): string {
  const { headline, source, void: reasons, sections } = reportOf(result);
  const banner = reasons.length === 0 ? '' : alarm('This run is void', reasons);
  const contents = sections.map(({ id, title }) => `<a href="#${id}">${escapeXml(title)}</a>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeXml(headline.finding)}</title>
<style>${pageCss}</style>
</head>
<body>
${banner}
<header>
<p class="kind">Tokenwire benchmark<button id="theme" type="button" hidden>Theme</button></p>
<h1>${escapeProse(headline.finding)}</h1>
${list(headline.more, 'findings')}
<p class="source">${escapeXml(source)}</p>
<nav aria-label="Contents">${contents.join('')}</nav>
</header>
<main>
${sections.map(sectionToHtml).join('\n')}
</main>
<script>${themeScript}</script>
</body>
</html>
`;
}

function sectionToHtml({ id, title, lead, blocks }: Section): string {
  return `<section id="${id}">
<h2>${escapeXml(title)}</h2>
${lead === undefined ? '' : `<p class="lead">${escapeProse(lead)}</p>`}
${blocks.map(blockToHtml).join('\n')}
</section>`;
}

function blockToHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeProse(block.text)}</p>`;
    case 'code':
      return `<pre><code>${escapeXml(block.text)}</code></pre>`;
    case 'heading':
      return `<h3>${escapeProse(block.text)}</h3>`;
    case 'list':
      return list(block.items, 'plain');
    case 'alarm':
      return alarm(block.title, block.items);
    case 'chart':
      return chartToHtml(block.chart);
    case 'more':
      return `<details><summary>${escapeXml(block.summary)}</summary>${block.blocks.map(blockToHtml).join('\n')}</details>`;
    default:
      return tableToHtml(block);
  }
}

function alarm(title: string, items: readonly string[]): string {
  return `<div class="alarm" role="alert"><p><b>${escapeXml(title)}</b></p>${list(items, 'plain')}</div>`;
}

function list(items: readonly string[], kind: string): string {
  if (items.length === 0) return '';
  return `<ul class="${kind}">${items.map((item) => `<li>${escapeProse(item)}</li>`).join('')}</ul>`;
}

function tableToHtml({ caption, columns, rows, prose }: Table): string {
  const named = columns.some(({ title }) => title !== '');
  const head = columns
    .map(
      ({ title, figures }) =>
        `<th scope="col"${figures === true ? ' class="figures"' : ''}>${escapeXml(title)}</th>`,
    )
    .join('');
  const body = rows.map((cells) => {
    const filled = cells.map((cell, index) => {
      const column = columns[index];
      const attributes = `${column?.figures === true ? ' class="figures"' : ''}${
        prose === true && column !== undefined && column.title !== '' && index > 0
          ? ` data-label="${escapeXml(column.title)}"`
          : ''
      }`;
      const tag = index === 0 ? 'th scope="row"' : 'td';
      return `<${tag}${attributes}>${cellToHtml(cell)}</${index === 0 ? 'th' : 'td'}>`;
    });
    return `<tr>${filled.join('')}</tr>`;
  });
  const label = escapeXml(caption ?? 'Table');
  return `<div class="table" role="group" aria-label="${label}" tabindex="0"><table${prose === true ? ` class="prose${named ? '' : ' facts'}"` : ''}>\
${caption === undefined ? '' : `<caption>${escapeProse(caption)}</caption>`}\
${named ? `<thead><tr>${head}</tr></thead>` : ''}<tbody>
${body.join('\n')}
</tbody></table></div>`;
}

function cellToHtml(cell: Cell | string): string {
  if (typeof cell === 'string') return escapeProse(cell);
  const { text, tone, note } = cell;
  const shown =
    tone === undefined
      ? escapeProse(text)
      : `<b class="${tone}"><span aria-hidden="true">${toneSigns[tone]}</span> ${escapeProse(text)}</b>`;
  return note === undefined || note === '' ? shown : `${shown}<small>${escapeProse(note)}</small>`;
}
