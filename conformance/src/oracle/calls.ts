/** Rules on the calls of the model: sections Generate, Resume, Cancel. */
import type { RequirementId } from '@tokenwire/spec';
import type { Violation } from '../verdict.ts';
import type { CallView, StreamView, View } from './view.ts';

export function judgeCalls(view: View): Violation[] {
  return view.streams.flatMap((stream) => [...judgeRepeats(stream, view), ...judgeRefused(stream, view)]);
}

/** At most one request may be on its way or accepted; another only behind a complete 429 or 503. */
function judgeRepeats(stream: StreamView, view: View): Violation[] {
  return stream.calls.slice(1).flatMap((call, index) => {
    const before = stream.calls.slice(0, index + 1);
    const culprit = before.find((earlier) => !mayRepeat(earlier));
    if (!culprit) return [];
    const requirement = repeatedRule(stream, culprit, call);
    const actual = `request ${index + 2} to the model for the same stream`;
    return [{ requirement, expected: 'one request', actual, event: eventOf(view, call) }];
  });
}

function mayRepeat({ refused }: CallView): boolean {
  return refused?.status === 429 || refused?.status === 503;
}

function repeatedRule(stream: StreamView, culprit: CallView, call: CallView): RequirementId {
  const asked = stream.sent.filter((item) => item.at > culprit.received.atMs && item.at < call.received.atMs);
  const last = asked.filter((item) => item.type === 'resume' || item.type === 'generate').at(-1);
  if (last?.type === 'resume') return 'resume.no-call';
  if (last?.type === 'generate') return 'generate.attaches';
  const generates = stream.sent.filter((item) => item.type === 'generate');
  return generates.length > 1 ? 'generate.one-call' : 'generate.no-blind-retry';
}

/** An id for which nothing but errors came must not have cost anything. */
function judgeRefused(stream: StreamView, view: View): Violation[] {
  const [call] = stream.calls;
  const answered = stream.received.some((item) => item.type === 'start' || item.type === 'resumed');
  const refusal = stream.received.find((item) => item.type === 'error');
  if (!call || answered || !refusal) return [];
  const requirement = refusalRules[String(refusal.message['code'])] ?? 'generate.refused-keeps-id';
  const actual = 'a request to the model';
  return [{ requirement, expected: 'no request to the model', actual, event: eventOf(view, call) }];
}

const refusalRules: Record<string, RequirementId> = {
  outcome_unknown: 'generate.outcome-unknown',
  cancelled: 'cancel.tombstone',
  expired: 'generate.expired',
};

function eventOf({ trace }: View, call: CallView): number {
  return trace.events.findIndex((event) => event.kind === 'model' && event.entry === call.received);
}
