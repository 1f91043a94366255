/** What `list` and `explain` print. */
import {
  isRequirementId,
  type RequirementId,
  requirement as requirementOf,
  requirements,
} from '@tokenwire/spec';
import type { createColors } from 'picocolors';
import { cases } from './cases/index.ts';
import { judgedAlways, serverRules, untested } from './coverage.ts';
import { levelOf } from './result.ts';
import { UsageError } from './usage-error.ts';

type Colors = ReturnType<typeof createColors>;

export function listText(json: boolean): string {
  const list = cases.map((one) => ({
    id: one.id,
    title: one.title,
    level: levelOf(one),
    requirements: one.requirements,
    judges_model: one.journal === true,
  }));
  if (json) return JSON.stringify({ cases: list, judged_always: judgedAlways, untested }, null, 2);
  const width = Math.max(...list.map(({ id }) => id.length));
  const lines = list.map(({ id, title }) => `${id.padEnd(width)}  ${title}`);
  const journal = list.filter((one) => one.judges_model).length;
  return [
    ...lines,
    '',
    `${list.length} cases, ${journal} of them judge what the model saw`,
    `${serverRules('always').length} more rules are judged in the trace of every case; not judged, with the reason:`,
    ...serverRules('untested').map((id) => `  ${id}: ${untested[id]}`),
  ].join('\n');
}

export function explainText(id: string, c: Colors): string {
  if (!isRequirementId(id)) {
    const near = requirements
      .filter((one) => one.id.includes(id) || id.includes(one.id))
      .map((one) => one.id);
    const hint =
      near.length > 0 ? `did you mean ${near.slice(0, 5).join(', ')}?` : '"list" shows what there is';
    throw new UsageError(`there is no requirement "${id}"; ${hint}`);
  }
  const { text, level, party, needs, section, title, strength } = requirementOf(id);
  const proving = cases.filter((one) => one.requirements.includes(id));
  return [
    `${c.bold(id)}  ${strength.toUpperCase()}, level ${level}, binds the ${party}`,
    `PROTOCOL.md, section ${section}, ${title}${needs.length > 0 ? `; needs the hook ${needs.join(', ')}` : ''}`,
    '',
    `  “${text}”`,
    '',
    howProved(id, proving.length),
    ...proving.map((one) => `  ${one.id}  ${c.dim(one.title)}`),
  ].join('\n');
}

function howProved(id: RequirementId, count: number): string {
  if (count > 0) return 'Proved by:';
  if (judgedAlways.includes(id)) return 'Judged in the trace of every case.';
  return `Not judged: ${untested[id] ?? 'it binds clients'}.`;
}
