/** Where a value lies on an axis. Every plot is WIDTH units wide, whatever its width in pixels. */

export const WIDTH = 1000;

export interface Tick {
  at: number;
  label: string;
}

export interface Scale {
  min: number;
  max: number;
  /** Clamped to the plot. */
  at: (value: number) => number;
  ticks: readonly Tick[];
}

type Label = (value: number) => string;

/** An even axis from a round number at or below `min` to one at or above `max`. */
export function linearScale(min: number, max: number, label: Label): Scale {
  const step = roundStep((max - min || Math.abs(max) || 1) / 5);
  const from = Math.floor(min / step + 1e-9) * step;
  const to = Math.max(Math.ceil(max / step - 1e-9) * step, from + step);
  const at = place(from, to, (value) => value);
  const count = Math.round((to - from) / step);
  const ticks = Array.from({ length: count + 1 }, (_, index) => {
    const value = Number((from + index * step).toPrecision(12));
    return { at: at(value), label: label(value) };
  });
  return { min: from, max: to, at, ticks };
}

/** Equal ratios are equal lengths; an even axis where that would leave fewer than three ticks. */
export function logScale(min: number, max: number, label: Label): Scale {
  const from = min * 0.94;
  const to = max * 1.06;
  const at = place(from, to, Math.log);
  const ticks = roundNumbers(from, to).map((value) => ({ at: at(value), label: label(value) }));
  return ticks.length < 3 ? linearScale(min, max, label) : { min: from, max: to, at, ticks };
}

/** A logarithmic axis with 1 on it, for ratios. */
export function ratioScale(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const from = Math.min(0.8, ...positive) * 0.96;
  const to = Math.max(1.25, ...positive) * 1.04;
  const at = place(from, to, Math.log);
  const close = [0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2];
  const some = to / from < 8 ? [1, 1.5, 3, 4] : [1];
  const inside = to / from < 2.5 ? [0.5, ...close, 1.5, 2] : [...roundNumbers(from, to), ...some];
  const ticks = thinned([...new Set(inside)].filter((value) => value >= from && value <= to));
  return { min: from, max: to, at, ticks: ticks.map((value) => ({ at: at(value), label: `${value}×` })) };
}

function place(from: number, to: number, transform: (value: number) => number): (value: number) => number {
  const [low, high] = [transform(from), transform(to)];
  return (value) => {
    const share = (transform(Math.min(Math.max(value, from), to)) - low) / (high - low);
    return Math.round(share * WIDTH * 10) / 10;
  };
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}

/** 1, 2, 5 of every decade, or fewer where that is too many for a phone. */
function roundNumbers(from: number, to: number): number[] {
  const decades = Math.log10(to / from);
  const factors = decades > 2.2 ? [1] : decades > 1.6 ? [1, 3] : [1, 2, 5];
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    for (const factor of factors) found.push(Number((factor * 10 ** power).toPrecision(3)));
  }
  return found.filter((value) => value >= from && value <= to);
}

/** At most seven ticks, with 1 among them. */
function thinned(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length <= 7) return sorted;
  const one = sorted.indexOf(1);
  return sorted.filter((_, index) => (index - one) % 2 === 0);
}
