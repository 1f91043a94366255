/** All generated files as one map, and its comparison with the folder. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extractRequirements } from '../src/requirements.ts';
import { asyncApi } from './asyncapi.ts';
import { catalogueJson, catalogueSource } from './catalogue.ts';
import { schemaFiles } from './json-schemas.ts';
import { fillTables } from './tables.ts';

/** Folders in which nothing else may stand. */
const OWNED_FOLDERS = ['schemas/strict', 'schemas/open'];

/** Path below spec/ to content; a pure function of PROTOCOL.md and of the code. */
export function artefacts(protocol: string): Map<string, string> {
  const filled = fillTables(protocol);
  const extracted = extractRequirements(filled);
  if (!extracted.ok) throw new Error(`PROTOCOL.md:\n${extracted.errors.join('\n')}`);
  return new Map([
    ['PROTOCOL.md', filled],
    ['requirements.json', catalogueJson(extracted.requirements)],
    ['src/catalogue.generated.ts', catalogueSource(extracted.requirements)],
    ...schemaFiles(),
    ['asyncapi.json', json(asyncApi())],
  ]);
}

/** The paths whose content is not what would be generated now, and those that would not be there. */
export function staleFiles(root: URL): string[] {
  const wanted = artefacts(read(root, 'PROTOCOL.md') ?? '');
  const stale = [...wanted].filter(([path, content]) => read(root, path) !== content).map(([path]) => path);
  return [...stale, ...leftOver(root, wanted)].sort();
}

/** Brings the folder up to date; gives the paths that changed. */
export function writeArtefacts(root: URL): string[] {
  const wanted = artefacts(read(root, 'PROTOCOL.md') ?? '');
  const stale = staleFiles(root);
  for (const path of stale) {
    const content = wanted.get(path);
    const url = new URL(path, root);
    if (content === undefined) rmSync(url);
    else {
      mkdirSync(new URL('.', url), { recursive: true });
      writeFileSync(url, content);
    }
  }
  return stale;
}

function leftOver(root: URL, wanted: Map<string, string>): string[] {
  return OWNED_FOLDERS.flatMap((folder) => {
    const url = new URL(`${folder}/`, root);
    const names = existsSync(url) ? readdirSync(url) : [];
    return names.map((name) => `${folder}/${name}`).filter((path) => !wanted.has(path));
  });
}

function read(root: URL, path: string): string | undefined {
  const url = new URL(path, root);
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined;
}

/** JSON as it is committed: two spaces, and a line end at the end. */
function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
