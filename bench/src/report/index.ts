/** Reports of a result: a page, Markdown with pictures, the result itself, and the raw samples. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../result/schema.ts';
import { renderCsv } from './csv.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';

export { renderCsv } from './csv.ts';
export { renderHtml } from './html.ts';
export { renderMarkdown } from './markdown.ts';
export { renderTerminal } from './terminal.ts';

export const reportFormats = ['html', 'md', 'json', 'csv'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** Writes NAME.html, NAME.md with NAME-*.svg, NAME.json and NAME.csv, or some of them; returns the paths. */
export function writeReports(
  result: Result,
  directory: string,
  name = 'bench',
  formats: readonly ReportFormat[] = reportFormats,
): string[] {
  mkdirSync(directory, { recursive: true });
  const files = formats.flatMap((format) => [...contents(result, name, format)]);
  return files.map(([file, text]) => {
    const path = join(directory, file);
    writeFileSync(path, text);
    return path;
  });
}

function contents(result: Result, name: string, format: ReportFormat): Map<string, string> {
  switch (format) {
    case 'html':
      return new Map([[`${name}.html`, renderHtml(result)]]);
    case 'md': {
      const { markdown, images } = renderMarkdown(result, name);
      return new Map([[`${name}.md`, markdown], ...images]);
    }
    case 'json':
      return new Map([[`${name}.json`, `${JSON.stringify(result)}\n`]]);
    default:
      return new Map([[`${name}.csv`, renderCsv(result)]]);
  }
}
