/** Which rules are proved where, and why some are not: every rule on servers is in exactly one of the lists. */
import { type RequirementId, requirements } from '@tokenwire/spec';
import { cases } from './cases/index.ts';

/** Rules that no case tries by itself: the oracle looks for them in the trace of every case. */
export const judgedAlways: readonly RequirementId[] = [
  'framing.server-messages',
  'framing.plain-json',
  'framing.unicode',
  'framing.max-server-bytes',
  'sequence.text-prefix',
  'resume.not-below-cursor',
  'end.upstream',
];

const TWO_PRODUCERS =
  'needs a node that dies or hangs while it runs a stream; the runner does not start clusters yet';

/** Rules that are not judged, and why. */
export const untested: Partial<Record<RequirementId, string>> = {
  'auth.origin': 'binds only servers that authenticate by cookies, which the runner cannot tell from outside',
  'auth.secrets-unlogged': 'the logs of a server are not in sight',
  'resume.gap': 'no knob makes a server trim its log',
  'flow.bounded': 'the memory of a server is not in sight',
  'flow.no-progress': 'a MAY: neither closing nor waiting is wrong',
  'cluster.one-producer': TWO_PRODUCERS,
  'cluster.producer-lost': TWO_PRODUCERS,
};

/** How a rule is proved, for people. */
export function coverageOf(id: RequirementId): 'case' | 'always' | 'untested' | 'missing' {
  if (cases.some((one) => one.requirements.includes(id))) return 'case';
  if (judgedAlways.includes(id)) return 'always';
  return untested[id] === undefined ? 'missing' : 'untested';
}

/** The ids of rules on servers with this coverage. */
export function serverRules(coverage: ReturnType<typeof coverageOf>): RequirementId[] {
  return requirements
    .filter(({ id, party }) => party === 'server' && coverageOf(id) === coverage)
    .map(({ id }) => id);
}
