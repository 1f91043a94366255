/** The oracle: one pure function from what was seen to what is wrong with it. */
import { requirement as requirementOf } from '@tokenwire/spec';
import type { Violation } from '../verdict.ts';
import { judgeAttachments } from './attachments.ts';
import { judgeCalls as judgeCallsOf } from './calls.ts';
import { judgeCancels } from './cancels.ts';
import { judgeEnds } from './ends.ts';
import { judgeHeartbeats } from './heartbeats.ts';
import { judgeMessages } from './messages.ts';
import { judgeTexts } from './text.ts';
import { type Trace, type View, viewOf } from './view.ts';

const rules: readonly ((view: View) => Violation[])[] = [
  judgeMessages,
  judgeAttachments,
  judgeTexts,
  judgeCallsOf,
  judgeCancels,
  judgeEnds,
  judgeHeartbeats,
];

/**
 * Every violation that the trace shows of core and of the levels that the server claims, first things first.
 * It holds the rules that can be judged without knowing what a case meant to try.
 */
export function judge(trace: Trace, levels: readonly string[] = ['core']): Violation[] {
  const view = viewOf(trace);
  return rules
    .flatMap((rule) => rule(view))
    .filter(({ requirement }) => {
      const { level } = requirementOf(requirement);
      return level === 'core' || levels.includes(level);
    });
}

/**
 * Only the rules on streams: for a transport that carries the same log entries without Tokenwire's connection around them.
 * The trace of each of its connections is what was asked and answered over it, whatever it took.
 */
export function judgeStreams(trace: Trace): Violation[] {
  const view = viewOf(trace);
  return [judgeAttachments, judgeTexts, judgeCallsOf, judgeEnds].flatMap((rule) => rule(view));
}

/** Only the rules on calls of the model: for what it saw after a case was over. */
export function judgeCalls(trace: Trace): Violation[] {
  return judgeCallsOf(viewOf(trace));
}

export type { Trace } from './view.ts';
