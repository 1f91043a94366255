/** The report as Markdown with SVG files beside it. */
import type { Result } from '../result/schema.ts';
import { chartInWords, type RowChart } from './charts/row-chart.ts';
import { chartToSvg } from './charts/to-svg.ts';
import { reportOf } from './document.ts';
import { escapeMarkdown } from './escape.ts';
import { toneSigns } from './html.ts';
import type { Block, Cell, Section, Table } from './model.ts';

export interface MarkdownReport {
  markdown: string;
  /** File name → SVG. */
  images: Map<string, string>;
}

/** Names of the images begin with `name`. */
export function renderMarkdown(result: Result, name = 'bench'): MarkdownReport {
  const { headline, source, void: reasons, sections } = reportOf(result);
  const images = new Map<string, string>();
  const image = (chart: RowChart): string => {
    const file = unused(`${name}-${chart.name}`, images);
    images.set(file, chartToSvg(chart));
    return `![${escapeMarkdown(chartInWords(chart))}](${encodeURI(file)})`;
  };
  const parts = [
    `# ${escapeMarkdown(headline.finding)}`,
    ...(reasons.length > 0 ? [caution('This run is void', reasons)] : []),
    list(headline.more),
    escapeMarkdown(source),
    ...sections.map((section) => sectionToMarkdown(section, image)),
  ];
  return { markdown: `${parts.filter((part) => part !== '').join('\n\n')}\n`, images };
}

type Image = (chart: RowChart) => string;

function unused(name: string, images: ReadonlyMap<string, string>): string {
  let file = `${name}.svg`;
  for (let copy = 2; images.has(file); copy++) file = `${name}-${copy}.svg`;
  return file;
}

function sectionToMarkdown({ title, lead, blocks }: Section, image: Image): string {
  return [
    `## ${escapeMarkdown(title)}`,
    ...(lead === undefined ? [] : [escapeMarkdown(lead)]),
    ...blocks.map((block) => blockToMarkdown(block, image)),
  ].join('\n\n');
}

function blockToMarkdown(block: Block, image: Image): string {
  switch (block.kind) {
    case 'text':
      return escapeMarkdown(block.text);
    case 'code':
      return fenced(block.text);
    case 'heading':
      return `### ${escapeMarkdown(block.text)}`;
    case 'list':
      return list(block.items);
    case 'alarm':
      return caution(block.title, block.items);
    case 'chart':
      return image(block.chart);
    case 'more': {
      const inside = block.blocks.map((inner) => blockToMarkdown(inner, image)).join('\n\n');
      return `<details><summary>${escapeMarkdown(block.summary)}</summary>\n\n${inside}\n\n</details>`;
    }
    default:
      return tableToMarkdown(block);
  }
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
}

function caution(title: string, items: readonly string[]): string {
  const lines = [`**${escapeMarkdown(title)}**`, '', ...items.map((item) => `- ${escapeMarkdown(item)}`)];
  return ['> [!CAUTION]', ...lines.map((line) => `> ${line}`.trimEnd())].join('\n');
}

function tableToMarkdown({ caption, columns, rows }: Table): string {
  const table = [
    tableLine(columns.map(({ title }) => escapeMarkdown(title))),
    tableLine(columns.map(({ figures }) => (figures === true ? '---:' : '---'))),
    ...rows.map((cells) => tableLine(cells.map(cellToMarkdown))),
  ].join('\n');
  return caption === undefined ? table : `${escapeMarkdown(caption)}\n\n${table}`;
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cellToMarkdown(cell: Cell | string): string {
  if (typeof cell === 'string') return escapeMarkdown(cell);
  const { text, tone, note } = cell;
  const shown = tone === undefined ? escapeMarkdown(text) : `**${toneSigns[tone]} ${escapeMarkdown(text)}**`;
  return note === undefined || note === '' ? shown : `${shown}<br>${escapeMarkdown(note)}`;
}
