import type { RequirementId } from '@tokenwire/spec';
import type { Stage } from './stage.ts';

/**
 * - `right`: what the rule asks for was seen.
 * - `broken`: the opposite was seen.
 * - `cannot be said`: the rule needs a word that the dialect does not have; what follows from that was seen.
 */
export type Judgement = 'right' | 'broken' | 'cannot be said';

export interface Scenario {
  id: string;
  title: string;
  /** The sentences of PROTOCOL.md that it is about. */
  rules: readonly [RequirementId, ...RequirementId[]];
  /** The steps of the migration in README.md that mend it. */
  mendedBy: string;
  /** Does it wait for what may never come? Those run side by side, behind the others. */
  patient?: boolean;
  run: (stage: Stage) => Promise<{ judgement: Judgement; seen: string }>;
}

/** A duration for people. */
export function show(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** A text for people, so that invisible characters show. */
export const quote = (text: string): string => JSON.stringify(text);
