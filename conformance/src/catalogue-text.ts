/** What `list` and `explain` print. */
import {
  isRequirementId,
  type RequirementId,
  requirement as requirementOf,
  requirements,
} from '@tokenwire/spec';
import type { createColors } from 'picocolors';
import { cases } from './cases/index.ts';
import { levelOf } from './result.ts';
import { UsageError } from './usage-error.ts';

type Colors = ReturnType<typeof createColors>;

/** The requirements on servers that no case names. */
export function uncovered(): RequirementId[] {
  const named = new Set(cases.flatMap((one) => one.requirements));
  return requirements.filter(({ id, party }) => party === 'server' && !named.has(id)).map(({ id }) => id);
}

export function listText(json: boolean): string {
  const list = cases.map((one) => ({
    id: one.id,
    title: one.title,
    level: levelOf(one),
    requirements: one.requirements,
    judges_model: one.journal === true,
  }));
  if (json) return JSON.stringify({ cases: list, uncovered: uncovered() }, null, 2);
  const width = Math.max(...list.map(({ id }) => id.length));
  const lines = list.map(({ id, title }) => `${id.padEnd(width)}  ${title}`);
  const journal = list.filter((one) => one.judges_model).length;
  return [
    ...lines,
    '',
    `${list.length} cases, ${journal} of them judge what the model saw`,
    `requirements on servers without a case yet: ${uncovered().join(', ') || 'none'}`,
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
    proving.length > 0
      ? 'Proved by:'
      : `No case names it${party === 'client' ? ': it binds clients' : ' yet'}.`,
    ...proving.map((one) => `  ${one.id}  ${c.dim(one.title)}`),
  ].join('\n');
}
