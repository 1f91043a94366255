import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { artefacts, staleFiles, writeArtefacts } from '../scripts/artefacts.ts';
import { closeCodes, errorCodes } from '../src/codes.ts';
import { clientMessages, serverMessages } from '../src/messages.ts';
import { protocol, root } from './published.ts';

test('every generated file is fresh; otherwise run "npm run generate"', () => {
  expect(staleFiles(root)).toEqual([]);
});

test('the same text gives the same files', () => {
  expect([...artefacts(protocol)]).toEqual([...artefacts(protocol)]);
});

test('a changed, a missing and a left-over file are named, and written or removed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwire-spec-'));
  const copy = pathToFileURL(`${folder}/`);
  for (const part of ['PROTOCOL.md', 'requirements.json', 'asyncapi.json', 'schemas', 'src']) {
    cpSync(new URL(part, root), new URL(part, copy), { recursive: true });
  }
  writeFileSync(new URL('requirements.json', copy), '[]');
  writeFileSync(new URL('schemas/open/forgotten.json', copy), '{}');
  rmSync(new URL('schemas/strict/token.json', copy));
  const stale = ['requirements.json', 'schemas/open/forgotten.json', 'schemas/strict/token.json'];
  expect(staleFiles(copy)).toEqual(stale);
  expect(writeArtefacts(copy)).toEqual(stale);
  expect(staleFiles(copy)).toEqual([]);
  rmSync(folder, { recursive: true });
});

test('a PROTOCOL.md that cannot be read is refused with the line', () => {
  const broken = protocol.replace('- `end.once` (core, server)', '- `end.once` (core, waiter)');
  expect(() => artefacts(broken)).toThrow(/line \d+: item "end.once": unknown party "waiter"/);
  expect(() => artefacts('# Empty')).toThrow('expected "<!-- generated: errors -->"');
});

test('the tables of PROTOCOL.md hold every code, and are tables to a renderer', () => {
  for (const code of Object.keys(errorCodes)) expect(protocol).toContain(`\n| \`${code}\``);
  for (const [code, { name }] of Object.entries(closeCodes)) {
    expect(protocol).toContain(`\n| ${code} \`${name}\``);
  }
  expect(protocol).not.toMatch(/\|\n<!--|-->\n\|/);
});

test('asyncapi.json is valid to the parser of AsyncAPI and indexes every message in its direction', () => {
  const script = fileURLToPath(new URL('scripts/check-asyncapi.ts', root));
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    problems: [],
    receive: Object.keys(clientMessages).sort(),
    send: Object.keys(serverMessages).sort(),
  });
}, 30_000);
