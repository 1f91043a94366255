/** Rules on what `end` says of the model: section End. */
import type { RequirementId } from '@tokenwire/spec';
import type { Script, Step } from '@tokenwire/mock-llm';
import type { WireMessage } from '../trace.ts';
import type { Violation } from '../verdict.ts';
import { acceptedCall, type CallView, endOf, type Seen, type StreamView, type View } from './view.ts';

export function judgeEnds(view: View): Violation[] {
  return view.streams.flatMap((stream) => {
    const end = endOf(stream);
    if (!end) return [];
    const script = view.trace.scripts.get(stream.key ?? '') ?? [];
    const found = [judgeError(end), judgeUpstream(end, stream, script), judgeUsage(end, stream, script)];
    if (!wasStopped(view, stream)) found.push(judgeReason(end, stream, script));
    return found.filter((violation) => violation !== undefined);
  });
}

/** Did the client cancel, lose a connection, or was the server told to go? Then the model's reason does not count. */
function wasStopped(view: View, stream: StreamView): boolean {
  const cancelled = stream.sent.some((item) => item.type === 'cancel');
  const own = view.connections.filter(({ principal }) => principal === stream.principal);
  return (
    cancelled || own.some(({ closed, received }) => closed || received.some((item) => item.type === 'goaway'))
  );
}

function judgeError({ message, event }: Seen): Violation | undefined {
  const { finish_reason: reason, error } = message;
  if ((reason === 'error') === (error !== undefined)) return undefined;
  const expected =
    reason === 'error' ? 'error beside finish_reason: error' : `no error beside ${String(reason)}`;
  return { requirement: 'end.error-given', expected, actual: JSON.stringify(error ?? null), event };
}

function judgeUpstream({ message, event }: Seen, stream: StreamView, script: Script): Violation | undefined {
  const { upstream } = message;
  const requirement = 'end.upstream';
  if (upstream === 'none' && stream.calls.some((call) => call.accepted)) {
    return {
      requirement,
      expected: 'upstream other than none: the model accepted a call',
      actual: 'none',
      event,
    };
  }
  if (upstream === 'completed' && !stream.calls.some((call) => gaveFinish(call, script))) {
    const expected = 'completed only when the model gave its finish reason';
    return { requirement, expected, actual: 'completed', event };
  }
  return undefined;
}

/** Did the model get as far as its finish reason? Steps behind that may hang. */
function gaveFinish(call: CallView, script: Script): boolean {
  const finish = script.findIndex((step) => step.kind === 'finish');
  const tokens = script.slice(0, finish).reduce((sum, step) => sum + tokensOf(step), 0);
  return finish >= 0 && (call.ended !== undefined || call.written.length >= tokens);
}

/** How many entries of the journal a step makes. */
function tokensOf(step: Step): number {
  if (step.kind === 'batch') return step.texts.length;
  return 'text' in step || step.kind === 'tool_call' ? 1 : 0;
}

/** The finish reason that follows from what the model did, with the rule that says so. */
function judgeReason({ message, event }: Seen, stream: StreamView, script: Script): Violation | undefined {
  const call = stream.calls.at(-1);
  const rule = call && ruleFor(call, script);
  if (!rule) return undefined;
  const { finish_reason: reason, upstream } = message;
  const actual = `${String(reason)}, upstream ${String(upstream)}`;
  if (reason === rule.reason && (rule.upstream === undefined || upstream === rule.upstream)) return undefined;
  const expected = `finish_reason: ${rule.reason}${rule.upstream ? `, upstream: ${rule.upstream}` : ''}`;
  return { requirement: rule.requirement, expected, actual, event };
}

function ruleFor(
  call: CallView,
  script: Script,
): { requirement: RequirementId; reason: string; upstream?: string } | undefined {
  if (call.refused) return { requirement: 'end.model-refuses', reason: 'error', upstream: 'failed' };
  if (script.some((step) => step.kind === 'malformed') || call.ended?.how === 'reset') {
    return { requirement: 'end.model-breaks', reason: 'error' };
  }
  const finish = script.find((step) => step.kind === 'finish');
  if (call.ended && !finish) return { requirement: 'end.eof', reason: 'error', upstream: 'failed' };
  if (!call.ended || !finish) return undefined;
  const reason = script.some((step) => step.kind === 'refusal') ? 'refusal' : finish.reason;
  return { requirement: 'end.finish-reason', reason, upstream: 'completed' };
}

/** Usage that the model sent right behind its finish reason must be handed on. */
function judgeUsage({ message, event }: Seen, stream: StreamView, script: Script): Violation | undefined {
  const call = acceptedCall(stream);
  const at = script.findIndex((step) => step.kind === 'usage');
  const step = script[at];
  const options = call?.received.params['stream_options'] as WireMessage | undefined;
  const reported = call?.ended && options?.['include_usage'] === true && script[at - 1]?.kind === 'finish';
  if (step?.kind !== 'usage' || !reported || message['upstream'] !== 'completed') return undefined;
  const usage = message['usage'] as WireMessage | undefined;
  const told = Object.entries(step).filter(([name]) => name !== 'kind');
  if (told.every(([name, value]) => usage?.[name] === value)) return undefined;
  const expected = told.map(([name, value]) => `${name}: ${value}`).join(', ');
  return { requirement: 'end.usage', expected, actual: JSON.stringify(usage ?? null), event };
}
