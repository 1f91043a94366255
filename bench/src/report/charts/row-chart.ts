/** A chart is rows over one axis: label, marks, value. Text stays text, so that it wraps and does not shrink. */
import type { Scale } from './scale.ts';

export interface ChartRow {
  label: string;
  /** Small print below the label. */
  note?: string;
  /** What the marks say, as text. */
  value: string;
  detail?: string;
  /** Class that sets the colour. */
  colour: string;
  /** SVG from marks.ts. */
  marks: string;
  /** Names of stretches of the row, shown where they fit. */
  spans?: readonly { from: number; to: number; text: string }[];
  /** Nothing may be concluded from it. */
  faded?: boolean;
}

export interface ChartGroup {
  heading?: string;
  rows: readonly ChartRow[];
}

export interface RowChart {
  /** Part of a file name. */
  name: string;
  title: string;
  /** How to read it. */
  caption: string;
  scale: Scale;
  groups: readonly ChartGroup[];
  /** Value of a line through all rows. */
  reference?: number;
  /** A stretch of the axis that means one thing. */
  zone?: readonly [number, number];
  /** Classes of bars with their names. */
  legend?: readonly { kind: string; label: string }[];
  footnote?: string;
}

/** The chart in words, for who cannot see it. */
export function chartInWords({ title, groups }: RowChart): string {
  const parts = groups.map(({ heading, rows }) => {
    const said = rows.map(rowInWords).join('; ');
    return heading === undefined ? said : `${heading}: ${said}`;
  });
  return `${title}. ${parts.join('. ')}.`;
}

/** One row in words. */
export function rowInWords({ label, note, value, detail }: ChartRow): string {
  const aside = [detail, note].filter((text) => text !== undefined && text !== '').join(', ');
  return aside === '' ? `${label}: ${value}` : `${label}: ${value} (${aside})`;
}
