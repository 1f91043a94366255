/** Colours, for the page and for the SVG files. Text has a contrast of 4.5 or more on its ground, marks of 3 or more. */

type Theme = Record<string, string>;

export const light: Theme = {
  ground: '#ffffff',
  ink: '#1c2127',
  soft: '#56606b',
  line: '#dfe3e8',
  wash: '#f5f6f8',
  good: '#17663a',
  bad: '#b3261e',
  open: '#7d4e00',
  badwash: '#fdf0ee',
  websocket: '#0067b8',
  'sse-h1': '#c4480a',
  'sse-h2': '#8f6b00',
  blocking: '#4d4d57',
  'polling-end': '#a3246f',
  'polling-cursor': '#6d4bc3',
  'long-poll': '#00806c',
  other: '#67707a',
  dns: '#2b333c',
  connect: '#46525f',
  tls: '#6c7987',
  upgrade: '#85919d',
  send: '#2b333c',
  wait: '#e3e7eb',
  edge: '#7f8a95',
};

export const dark: Theme = {
  ground: '#13161b',
  ink: '#e7eaee',
  soft: '#a0a9b4',
  line: '#2c323a',
  wash: '#1b2027',
  good: '#74d99a',
  bad: '#ff9086',
  open: '#e9b550',
  badwash: '#2c1a1a',
  websocket: '#58aef5',
  'sse-h1': '#ff8c52',
  'sse-h2': '#e2bb46',
  blocking: '#b4bac4',
  'polling-end': '#f37fc2',
  'polling-cursor': '#b6a0ff',
  'long-poll': '#45cfb3',
  other: '#8e98a4',
  dns: '#e7eaee',
  connect: '#c3cad2',
  tls: '#97a2ae',
  upgrade: '#6f7b88',
  send: '#e7eaee',
  wait: '#2b323b',
  edge: '#76818d',
};

/** Transports that have a colour of their own. */
export const colouredTransports = [
  'websocket',
  'sse-h1',
  'sse-h2',
  'blocking',
  'polling-end',
  'polling-cursor',
  'long-poll',
];
const phases = ['dns', 'connect', 'tls', 'upgrade', 'send', 'wait'];
/** Parts of a whole that have no colour of their own: shades, with an edge between them. */
const SHADES = 8;

/** The theme as CSS variables. */
export function variables(theme: Theme): string {
  return Object.entries(theme)
    .map(([name, value]) => `--${name}:${value};`)
    .join('');
}

export const svgThemeCss = `svg{${variables(light)}}@media(prefers-color-scheme:dark){svg{${variables(dark)}}}`;

/** What marks look like, on the page and in the files. */
export const chartCss = [
  ...[...colouredTransports, 'other'].map((name) => `.c-${name}{color:var(--${name})}`),
  ...phases.map((name) => `.p-${name}{fill:var(--${name})}`),
  ...Array.from(
    { length: SHADES },
    (_, index) => `.s-${index}{fill:currentColor;fill-opacity:${shade(index)}}`,
  ),
  '.own{fill:currentColor}.pale{fill:currentColor;fill-opacity:.35}.swatch{fill:currentColor}',
  '.plot *{vector-effect:non-scaling-stroke}',
  '.bar{stroke:var(--edge);stroke-width:.75}',
  '.dots{stroke:currentColor;stroke-width:3.5;stroke-linecap:round;stroke-opacity:.65;fill:none}',
  '.whisker{stroke:currentColor;stroke-width:3;fill:none}.point{stroke:currentColor;stroke-width:11;stroke-linecap:round;fill:none}',
  '.zone{fill:var(--wait)}',
  '.band{stroke:currentColor;stroke-width:6;fill:none}.median{stroke:var(--ink);stroke-width:2;fill:none}',
  '.chunks{stroke:currentColor;fill:none}.thread{stroke:currentColor;stroke-opacity:.65;fill:none}',
  '.grid{stroke:var(--line);fill:none}.rule{stroke:var(--ink);stroke-dasharray:3 3;fill:none}',
  '.faded .plot{opacity:.4}',
].join('\n');

/** The class of the `index`th part of a whole. */
export function shadeClass(index: number): string {
  return `s-${index % SHADES}`;
}

function shade(index: number): string {
  return (1 - index * 0.125).toFixed(2);
}
