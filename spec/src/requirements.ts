/** PROTOCOL.md read as data: each of its normative sentences is a `Requirement`. */
import { type Level, levels } from './messages.ts';

export const parties = ['client', 'server'] as const;

/** What a requirement may need from the server under test; without it the requirement is not applicable. */
export const hooks = [
  'credentials',
  'second_principal',
  'expired_token',
  'restart',
  'drain',
  'short_retention',
  'second_node',
] as const;

export type Party = (typeof parties)[number];
export type Hook = (typeof hooks)[number];

/** One normative sentence of PROTOCOL.md. */
export interface Requirement<Id extends string = string> {
  /** Stable: a sentence may be reworded, its id stays. */
  readonly id: Id;
  readonly level: Level;
  /** Whom it binds. */
  readonly party: Party;
  readonly needs: readonly Hook[];
  /** The number of its section, and that section's title. */
  readonly section: number;
  readonly title: string;
  /** The strongest keyword in the sentence. */
  readonly strength: 'must' | 'should' | 'may';
  /** The sentence, in Markdown. */
  readonly text: string;
}

export type Extracted =
  | { ok: true; requirements: Requirement[] }
  /** Each error begins with the number of its line. */
  | { ok: false; errors: string[] };

const ITEM = /^- `([a-z0-9-]+\.[a-z0-9-]+)` \(([^)]*)\) (\S.*)$/;
const LOOKS_LIKE_ITEM = /^\s*[-*] `[\w-]+\.[\w.-]+`/;
const HEADING = /^## (\d+) (.+)$/;
const FIRST_SECTION = 2;
const LAST_SECTION = 20;

/** Reads the items "- `id` (level, party, needs hook, hook) sentence" of PROTOCOL.md. */
export function extractRequirements(markdown: string): Extracted {
  const requirements: Requirement[] = [];
  const errors: string[] = [];
  const seen = new Map<string, number>();
  for (const { text, line, section, title, continues } of proseLines(markdown)) {
    const complain = (what: string) => errors.push(`line ${line}: ${what}`);
    const item = ITEM.exec(text);
    if (item === null) {
      if (LOOKS_LIKE_ITEM.test(text)) complain(`malformed head, expected "- \`id\` (level, party) sentence"`);
      else if (isNormative(section) && /\b(MUST|SHOULD)\b/.test(text))
        complain('MUST or SHOULD outside an item');
      continue;
    }
    const [, id = '', head = '', sentence = ''] = item;
    const first = seen.get(id);
    if (first !== undefined) complain(`duplicate id "${id}", first on line ${first}`);
    seen.set(id, line);
    if (!isNormative(section))
      complain(`item "${id}" outside of sections ${FIRST_SECTION} to ${LAST_SECTION}`);
    if (continues) complain(`item "${id}" goes on on the next line, expected one line per item`);
    const parsed = parseHead(head);
    const strength = strengthOf(sentence);
    for (const error of parsed.errors) complain(`item "${id}": ${error}`);
    if (strength === undefined) complain(`item "${id}" has none of MUST, SHOULD, MAY`);
    else requirements.push({ id, ...parsed.head, section, title, strength, text: sentence });
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, requirements };
}

interface ProseLine {
  text: string;
  line: number;
  section: number;
  title: string;
  continues: boolean;
}

/** The lines outside of code blocks, each with its section; 0 before the first and in annexes. */
function* proseLines(markdown: string): Generator<ProseLine> {
  let section = 0;
  let title = '';
  let inCode = false;
  const lines = markdown.split(/\r?\n/);
  for (const [index, text] of lines.entries()) {
    if (text.startsWith('```')) inCode = !inCode;
    if (inCode) continue;
    if (text.startsWith('## ')) {
      const heading = HEADING.exec(text);
      section = Number(heading?.[1] ?? 0);
      title = heading?.[2] ?? '';
    }
    const next = lines[index + 1] ?? '';
    yield { text, line: index + 1, section, title, continues: /^\s*[^\s#|<`-]/.test(next) };
  }
}

function isNormative(section: number): boolean {
  return section >= FIRST_SECTION && section <= LAST_SECTION;
}

function parseHead(text: string): { head: Pick<Requirement, 'level' | 'party' | 'needs'>; errors: string[] } {
  const [level = '', party = '', ...rest] = text.split(',').map((part) => part.trim());
  const needs = rest.map((hook, index) => (index === 0 ? hook.replace(/^needs /, '') : hook));
  const errors = [
    ...unknown('level', [level], levels),
    ...unknown('party', [party], parties),
    ...unknown('hook', needs, hooks),
    ...(rest.length > 0 && !rest[0]?.startsWith('needs ') ? ['expected "needs" before the hooks'] : []),
  ];
  return { head: { level: level as Level, party: party as Party, needs: needs as Hook[] }, errors };
}

function unknown(kind: string, values: string[], known: readonly string[]): string[] {
  return values
    .filter((value) => !known.includes(value))
    .map((value) => `unknown ${kind} "${value}", expected one of ${known.join(', ')}`);
}

function strengthOf(sentence: string): Requirement['strength'] | undefined {
  if (/\bMUST\b/.test(sentence)) return 'must';
  if (/\bSHOULD\b/.test(sentence)) return 'should';
  return /\bMAY\b/.test(sentence) ? 'may' : undefined;
}
