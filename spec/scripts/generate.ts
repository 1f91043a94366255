/**
 * Writes what is generated from PROTOCOL.md and src: requirements.json, the catalogue, two tables of PROTOCOL.md, the
 * JSON Schemas and asyncapi.json. With --check it writes nothing and exits with 1, naming the files that are stale.
 */
import { staleFiles, writeArtefacts } from './artefacts.ts';

const root = new URL('../', import.meta.url);
const check = process.argv.includes('--check');
const stale = check ? staleFiles(root) : writeArtefacts(root);

for (const path of stale) console.log(`${check ? 'stale' : 'wrote'}: ${path}`);
if (stale.length === 0) console.log('everything is fresh');
if (check && stale.length > 0) {
  console.error('run "npm run generate" and commit what it writes');
  process.exitCode = 1;
}
