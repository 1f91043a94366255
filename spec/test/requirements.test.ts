import { describe, expect, test } from 'vitest';
import { isRequirementId, requirement, requirements } from '../src/catalogue.ts';
import { extractRequirements, hooks } from '../src/requirements.ts';
import { protocol } from './published.ts';

const inSection = (lines: string) => `## 5 Handshake\n\n${lines}\n\n## 21 To be testable\n`;
const errorsIn = (lines: string) => {
  const extracted = extractRequirements(inSection(lines));
  return extracted.ok ? [] : extracted.errors;
};

describe('the extractor', () => {
  test('reads id, level, party, hooks, section, strength and sentence', () => {
    const line = '- `drain.goaway` (operations, server, needs drain, restart) It MUST send `goaway`.';
    expect(extractRequirements(inSection(line))).toEqual({
      ok: true,
      requirements: [
        {
          id: 'drain.goaway',
          level: 'operations',
          party: 'server',
          needs: ['drain', 'restart'],
          section: 5,
          title: 'Handshake',
          strength: 'must',
          text: 'It MUST send `goaway`.',
        },
      ],
    });
  });

  test.each([
    ['It MAY try, and MUST NOT fail.', 'must'],
    ['It SHOULD NOT try, and MAY fail.', 'should'],
    ['It MAY try.', 'may'],
  ])('takes the strongest keyword of "%s"', (sentence, strength) => {
    const extracted = extractRequirements(inSection(`- \`a.b\` (core, client) ${sentence}`));
    expect(extracted).toMatchObject({ requirements: [{ strength }] });
  });

  test.each([
    [
      'a duplicate id',
      '- `a.b` (core, client) It MAY.\n- `a.b` (core, client) It MAY.',
      'duplicate id "a.b", first on line 3',
    ],
    ['a head without brackets', '- `a.b` core, client: It MAY.', 'malformed head'],
    ['an unknown level', '- `a.b` (basic, client) It MAY.', 'unknown level "basic"'],
    ['an unknown party', '- `a.b` (core, proxy) It MAY.', 'unknown party "proxy"'],
    ['a missing party', '- `a.b` (core) It MAY.', 'unknown party ""'],
    ['an unknown hook', '- `a.b` (core, client, needs luck) It MAY.', 'unknown hook "luck"'],
    ['hooks without "needs"', '- `a.b` (core, client, drain) It MAY.', 'expected "needs"'],
    ['MUST outside of an item', 'The server MUST behave.', 'MUST or SHOULD outside an item'],
    ['an item without a keyword', '- `a.b` (core, client) It does.', 'has none of MUST, SHOULD, MAY'],
    ['an item on two lines', '- `a.b` (core, client) It MAY\n  do so.', 'goes on on the next line'],
  ])('refuses %s', (_, lines, error) => {
    expect(errorsIn(lines).join('\n')).toContain(error);
  });

  test('refuses an item outside of the normative sections, and lets their prose say MUST', () => {
    const lines = '## 1 Conventions\n\nMUST is a word.\n\n- `a.b` (core, client) It MAY.\n';
    expect(extractRequirements(lines)).toEqual({
      ok: false,
      errors: ['line 5: item "a.b" outside of sections 2 to 20'],
    });
  });

  test('does not read code blocks', () => {
    expect(errorsIn('```\n- `a.b` It MUST.\n```')).toEqual([]);
  });
});

describe('the catalogue', () => {
  test('is what PROTOCOL.md says', () => {
    expect(extractRequirements(protocol)).toEqual({ ok: true, requirements });
  });

  test('finds a requirement by its id, and throws on one that is not there', () => {
    expect(requirement('end.once').text).toBe('Every accepted stream MUST end with exactly one `end`.');
    expect(() => requirement('end.twice' as never)).toThrow('no requirement "end.twice"');
    expect(isRequirementId('end.twice')).toBe(false);
  });

  test('knows the hooks of section 21', () => {
    const table = protocol.split('| is there when')[1]?.split('\n## ')[0] ?? '';
    const inText = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, hook]) => hook);
    expect(new Set(inText)).toEqual(new Set(hooks));
  });
});
