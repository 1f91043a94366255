/** Numbers with the digits that they deserve, and their unit. */

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** A time for a sentence: 0.84 ms, 45 ms, 2.5 s. */
export function roughTime(ms: number): string {
  const size = Math.abs(ms);
  if (size >= 1000) return `${fixed(ms / 1000, size >= 10_000 ? 0 : 1)} s`;
  return `${fixed(ms, size >= 10 ? 0 : size >= 1 ? 1 : 2)} ms`;
}

/** A time for a table: milliseconds, three digits or all that are before the point. */
export function time(ms: number): string {
  return `${digits(ms)} ms`;
}

/** A time that somebody chose, as it was chosen. */
export function chosenTime(ms: number): string {
  return `${Number(ms.toPrecision(4))} ms`;
}

/** A number with three significant digits, or all that are before the point. */
export function digits(value: number): string {
  const size = Math.abs(value);
  return fixed(value, size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2);
}

/** As many decimals as the width of the interval carries. */
export function decimalsOf({ low, high }: { low: number; high: number }): number {
  const half = (high - low) / 2;
  return half > 0 ? Math.min(Math.max(Math.ceil(-Math.log10(half)), 0), 2) : 2;
}

/** `302 ms (300–305)` */
export function withInterval(interval: Interval, unit = ''): string {
  return `${middle(interval, unit)} (${range(interval)})`;
}

/** The estimate alone, with the digits that its interval carries. */
export function middle(interval: Interval, unit = ''): string {
  return `${fixed(interval.value, decimalsOf(interval))}${unit === '' ? '' : ` ${unit}`}`;
}

/** `300–305`, or `−2 to 9` where a sign would look like a dash. */
export function range(interval: { low: number; high: number }, signed = interval.low < 0): string {
  const decimals = decimalsOf(interval);
  const show = signed ? signedNumber : fixed;
  return `${show(interval.low, decimals)}${signed ? ' to ' : '–'}${show(interval.high, decimals)}`;
}

/** A ratio with its interval: `1.04× (1.01–1.07)`. */
export function times({ value, low, high }: Interval): string {
  const decimals = Math.max(value >= 10 ? 1 : 2, 0);
  return `${fixed(value, decimals)}× (${fixed(low, decimals)}–${fixed(high, decimals)})`;
}

/** `+0.8`, `−3.1` */
export function signedNumber(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** With a true minus sign, without −0, thousands apart from 10 000 on. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.length > 4 ? whole.replaceAll(/\B(?=(\d{3})+$)/g, '\u202f') : whole;
  const sign = value < 0 && Number(text) !== 0 ? '−' : '';
  return `${sign}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** A whole number, thousands apart. */
export function whole(value: number): string {
  return fixed(value, 0);
}

/** `98.2 %` */
export function percent(share: number): string {
  return `${fixed(share * 100, share >= 0.9995 || share === 0 ? 0 : 1)} %`;
}

/** `1 token`, `3 tokens` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** Ticks of an axis of milliseconds. */
export function timeTick(max: number): (value: number) => string {
  return (value) => {
    if (value === 0) return '0';
    const shown = max >= 2000 ? value / 1000 : value;
    return `${Number(shown.toPrecision(6))} ${max >= 2000 ? 's' : 'ms'}`;
  };
}
