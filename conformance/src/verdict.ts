/** What can be said of a case, and how a case ends early. */
import type { RequirementId } from '@tokenwire/spec';

/**
 * - `pass`: every rule it names was seen to hold.
 * - `fail`: a MUST of a level that every server has was broken. `false-claim`: of a level that this server claims.
 * - `warning`: only a SHOULD was broken.
 * - `not-applicable`: the level is not claimed, or a hook is missing.
 * - `inconclusive`: it could not be judged, for the reason given. Never counted as passed.
 * - `harness-error`: the runner itself failed.
 */
export const verdicts = [
  'pass',
  'fail',
  'false-claim',
  'warning',
  'not-applicable',
  'inconclusive',
  'harness-error',
] as const;
export type Verdict = (typeof verdicts)[number];

/** Something that a rule forbids, or that it demands and that did not come. */
export interface Violation {
  /** The id of the rule in PROTOCOL.md. */
  requirement: RequirementId;
  expected: string;
  actual: string;
  /** Where in the trace it shows: an index into its events. */
  event?: number | undefined;
}

/** Thrown by the kit when a wait or check of the case failed: the case ends, the trace is judged. */
export class Broken extends Error {
  readonly violation: Violation;
  constructor(violation: Violation) {
    super(`${violation.requirement}: expected ${violation.expected}, got ${violation.actual}`);
    this.violation = violation;
  }
}

/** Thrown by the kit when this target cannot be judged on this case. */
export class Inconclusive extends Error {}

/** Thrown by the kit when what the case needs is not there. */
export class NotApplicable extends Error {}
