/** Rules on cancelling: section Cancel. */
import type { Violation } from '../verdict.ts';
import { endOf, type Seen, type StreamView, type View } from './view.ts';

const ABORT_MS = 500;
const END_MS = 2_000;

export function judgeCancels(view: View): Violation[] {
  return view.streams.flatMap((stream) => [
    ...judgeAnswers(stream),
    ...judgeAfterEnd(stream),
    ...judgeReason(stream),
    ...judgeAbort(stream, view),
    ...judgeEndInTime(stream, view),
    ...judgeClaim(stream),
  ]);
}

function judgeAnswers(stream: StreamView): Violation[] {
  const cancels = stream.sent.filter((item) => item.type === 'cancel').length;
  const answers = stream.received.filter((item) => item.type === 'cancel_ok');
  const extra = answers[cancels];
  if (!extra) return [];
  const expected = `${cancels} cancel_ok`;
  return [{ requirement: 'cancel.answered', expected, actual: `${answers.length}`, event: extra.event }];
}

/** Who has read the end before cancelling must not be told that this cancels anything. */
function judgeAfterEnd(stream: StreamView): Violation[] {
  const first = stream.sent.find((item) => item.type === 'cancel');
  const answer = stream.received.find(isCancelling);
  const end = endOf(stream);
  if (!first || !answer || !end || end.event > first.event) return [];
  const expected = 'state: ended, as the end was there before the cancel';
  return [{ requirement: 'cancel.after-end', expected, actual: 'cancelling', event: answer.event }];
}

const isCancelling = (item: Seen): boolean =>
  item.type === 'cancel_ok' && item.message['state'] === 'cancelling';

/** The `cancel` of an unfinished stream that was answered `cancelling`, with that answer. */
function heard(stream: StreamView): { cancel: Seen; answer: Seen } | undefined {
  const answer = stream.received.find(isCancelling);
  const cancel = stream.sent.find((item) => item.type === 'cancel');
  const end = endOf(stream);
  if (!answer || !cancel || (end && end.event < cancel.event)) return undefined;
  return { cancel, answer };
}

function judgeReason(stream: StreamView): Violation[] {
  const end = endOf(stream);
  const reason = end?.message['finish_reason'];
  if (!end || !heard(stream) || reason === 'cancelled') return [];
  const expected = 'finish_reason: cancelled';
  return [{ requirement: 'cancel.reason', expected, actual: String(reason), event: end.event }];
}

/** The connection to the model is closed in time, where the model did not end by itself. */
function judgeAbort(stream: StreamView, { trace }: View): Violation[] {
  const cancelled = heard(stream);
  const open = cancelled && stream.calls.find((call) => !call.ended && !call.refused);
  if (!open) return [];
  const { at } = cancelled.cancel;
  const closed = open.gone?.atMs ?? trace.events.at(-1)?.at ?? at;
  const took = closed - at - trace.lag(at, closed);
  if (took <= ABORT_MS) return [];
  const early = open.written.length === 0;
  const requirement = early ? 'cancel.before-first-token' : 'cancel.reaches-model';
  const actual = `${open.gone ? 'closed' : 'still open'} after ${Math.round(took)} ms`;
  const expected = `the connection to the model closed within ${ABORT_MS} ms of the cancel`;
  return [{ requirement, expected, actual, event: cancelled.cancel.event }];
}

function judgeEndInTime(stream: StreamView, { trace }: View): Violation[] {
  const cancelled = heard(stream);
  const end = endOf(stream);
  if (!cancelled || !end || end.conn !== cancelled.cancel.conn) return [];
  const { at } = cancelled.cancel;
  const took = end.at - at - trace.lag(at, end.at);
  if (took <= END_MS) return [];
  const expected = `end within ${END_MS} ms of the cancel`;
  return [
    { requirement: 'cancel.end-in-time', expected, actual: `${Math.round(took)} ms`, event: end.event },
  ];
}

/** `aborted` is true only when the model saw its connection closed. */
function judgeClaim(stream: StreamView): Violation[] {
  const end = endOf(stream);
  if (!end || !claimIsOpen(stream)) return [];
  const expected = 'the connection to the model closed by the server';
  const actual = 'the connection to the model is still open';
  return [{ requirement: 'cancel.aborted-is-true', expected, actual, event: end.event }];
}

/**
 * Does `end` claim that the call was aborted, while the model's connection is open? A model that came to
 * its own end, or refused, at the same moment proves nothing.
 */
export function claimIsOpen(stream: StreamView): boolean {
  if (endOf(stream)?.message['upstream'] !== 'aborted') return false;
  return stream.calls.some((call) => !(call.gone ?? call.ended ?? call.refused));
}
