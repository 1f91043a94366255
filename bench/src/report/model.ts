/** What a report says, before it is HTML or Markdown. */
import type { RowChart } from './charts/row-chart.ts';

/** Of a verdict: its sign and its colour. Words say it too. */
export type Tone = 'good' | 'bad' | 'open' | 'quiet';

export interface Cell {
  text: string;
  tone?: Tone;
  /** Small print below. */
  note?: string;
}

export interface Column {
  title: string;
  /** Figures are set to the right, text is not. */
  figures?: boolean;
}

export interface Table {
  kind: 'table';
  caption?: string;
  columns: readonly Column[];
  rows: readonly (readonly (Cell | string)[])[];
  /** Long texts: on a narrow screen each row is a block of its own. */
  prose?: boolean;
}

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'heading'; text: string }
  | { kind: 'list'; items: readonly string[] }
  /** What must not be overlooked. */
  | { kind: 'alarm'; title: string; items: readonly string[] }
  | { kind: 'chart'; chart: RowChart }
  | { kind: 'more'; summary: string; blocks: readonly Block[] }
  | Table;

export interface Section {
  id: string;
  title: string;
  /** How to read what follows. */
  lead?: string;
  blocks: readonly Block[];
}

/** A section, or nothing where nothing was measured: sections are never shown empty. */
export function sectionOf(section: Section): Section[] {
  return section.blocks.length > 0 ? [section] : [];
}

/** A table, or nothing if it has no rows. */
export function tableOf(table: Omit<Table, 'kind'>): Table[] {
  return table.rows.length > 0 ? [{ kind: 'table', ...table }] : [];
}

/** Columns of figures, after columns of text. */
export function columns(texts: readonly string[], figures: readonly string[]): Column[] {
  return [...texts.map((title) => ({ title })), ...figures.map((title) => ({ title, figures: true }))];
}
