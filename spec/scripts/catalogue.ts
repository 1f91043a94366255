/** The extracted requirements as files: JSON for every language, TypeScript for ours. */
import type { Requirement } from '../src/requirements.ts';

/** One requirement per line, so that a changed sentence is one changed line. */
export function catalogueJson(requirements: readonly Requirement[]): string {
  return `[\n${requirements.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`;
}

/** A module instead of an import of the JSON: it is the same from src, from dist and in a browser. */
export function catalogueSource(requirements: readonly Requirement[]): string {
  const ids = requirements.map(({ id }) => `  | '${id}'`).join('\n');
  const entries = requirements.map((entry) => `  ${JSON.stringify(entry)},`).join('\n');
  return `// biome-ignore-all format: written by scripts/generate.ts
/** The items of PROTOCOL.md. Written by scripts/generate.ts, edit PROTOCOL.md instead. */
import type { Requirement } from './requirements.ts';

/** The id of a normative sentence of PROTOCOL.md. */
export type RequirementId =
${ids};

/** Every normative sentence of PROTOCOL.md, in its order. */
export const requirements: readonly Requirement<RequirementId>[] = [
${entries}
];
`;
}
