/** The requirement catalogue: every normative sentence of PROTOCOL.md, found by its id. */
import { type RequirementId, requirements } from './catalogue.generated.ts';
import type { Requirement } from './requirements.ts';

export { type RequirementId, requirements };

/** The requirement with this id; throws when there is none. */
export function requirement(id: RequirementId): Requirement<RequirementId> {
  const found = requirements.find((candidate) => candidate.id === id);
  if (found === undefined) throw new RangeError(`no requirement "${id}" in PROTOCOL.md`);
  return found;
}

/** Tells whether a string, from a file for example, is the id of a requirement. */
export function isRequirementId(id: string): id is RequirementId {
  return requirements.some((candidate) => candidate.id === id);
}
