/** All that a report says, in the order in which it is read. */
import type { Result } from '../result/schema.ts';
import { type Headline, headline } from './headline.ts';
import { plural } from './format.ts';
import type { Section } from './model.ts';
import { claimSection, formulaSection } from './sections/claims.ts';
import { comparisonSection } from './sections/comparisons.ts';
import { interactionSection } from './sections/interactions.ts';
import { loadSection } from './sections/load.ts';
import { methodSection } from './sections/method.ts';
import { microSection } from './sections/micro.ts';
import { summarySection } from './sections/summary.ts';
import { timelineSection } from './sections/timeline.ts';
import { troubleSection } from './sections/trouble.ts';
import { ttftSection } from './sections/ttft.ts';

export interface Report {
  headline: Headline;
  /** What was measured where and when, in one line. */
  source: string;
  /** Why the run is void; empty when it counts. */
  void: readonly string[];
  sections: readonly Section[];
}

/** The report of a result; sections without data are not in it. */
export function reportOf(result: Result): Report {
  return {
    headline: headline(result),
    source: sourceLine(result),
    void: result.void,
    sections: [
      ...troubleSection(result),
      ...timelineSection(result),
      ...summarySection(result),
      ...ttftSection(result),
      ...comparisonSection(result),
      ...claimSection(result),
      ...formulaSection(result),
      ...interactionSection(result),
      ...loadSection(result),
      ...microSection(result),
      ...methodSection(result),
    ],
  };
}

function sourceLine({ created_at, machine, profile, cells, target, interrupted }: Result): string {
  const requests = cells.reduce((sum, { measured }) => sum + measured, 0);
  return [
    ...(target.kind === 'foreign' ? [target.address ?? 'a foreign server'] : []),
    created_at.slice(0, 10),
    `${machine.cpu}, ${plural(machine.cores, 'core')}`,
    `Node ${machine.node.replace(/^v/, '')}`,
    `profile ${profile}`,
    ...(requests > 0 ? [plural(requests, 'request')] : []),
    ...(interrupted ? ['interrupted'] : []),
  ].join(' · ');
}
