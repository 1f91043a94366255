/** Rules on the text of a stream against what the model wrote: section Sequence and text. */
import type { Violation } from '../verdict.ts';
import { show } from '../wait.ts';
import { logOf } from './log.ts';
import { acceptedCall, endOf, type StreamView, type View } from './view.ts';

const NATURAL = ['stop', 'length', 'tool_calls', 'content_filter', 'refusal'];

export function judgeTexts(view: View): Violation[] {
  return view.streams.flatMap(judgeText);
}

function judgeText(stream: StreamView): Violation[] {
  const log = logOf(stream);
  if (log.conflict) {
    const { item, expected } = log.conflict;
    return [
      {
        requirement: 'resume.same-content',
        expected,
        actual: JSON.stringify(item.message),
        event: item.event,
      },
    ];
  }
  const end = endOf(stream);
  return [
    ...judgeBytes(log.complete, log.text, end),
    ...judgeAgainstModel(
      stream,
      log.text,
      log.complete && NATURAL.includes(String(end?.message['finish_reason'])),
    ),
  ];
}

function judgeBytes(complete: boolean, text: string, end: ReturnType<typeof endOf>): Violation[] {
  if (!end || !complete) return [];
  const bytes = Buffer.byteLength(text);
  const { utf8_bytes: claimed } = end.message;
  if (claimed === bytes) return [];
  const requirement = 'sequence.utf8-bytes';
  return [{ requirement, expected: `utf8_bytes: ${bytes}`, actual: String(claimed), event: end.event }];
}

function judgeAgainstModel(stream: StreamView, text: string, natural: boolean): Violation[] {
  const call = acceptedCall(stream);
  if (!call) return [];
  const deltas = call.written
    .filter(({ channel }) => channel === 'text' || channel === 'refusal')
    .map((entry) => entry.text);
  const said = deltas.join('').toWellFormed();
  const split = deltas.some((delta) => !delta.isWellFormed());
  const plain = natural ? 'sequence.text-exact' : 'sequence.text-prefix';
  const requirement = split ? 'sequence.surrogates' : plain;
  if (natural ? text !== said : !said.startsWith(text)) {
    const expected = `${natural ? 'the text' : 'a prefix of'} ${show(JSON.stringify(said))}`;
    return [{ requirement, expected, actual: show(JSON.stringify(text)), event: endOf(stream)?.event }];
  }
  // A message whose place in the log is not known, between merged ranges, must at least have been said.
  const last = endOf(stream)?.event ?? Number.POSITIVE_INFINITY;
  const foreign = stream.received.find(
    ({ type, message, event }) => type === 'token' && event < last && !said.includes(String(message['text'])),
  );
  if (!foreign) return [];
  const expected = `a part of ${show(JSON.stringify(said))}`;
  return [
    { requirement, expected, actual: show(JSON.stringify(foreign.message['text'])), event: foreign.event },
  ];
}
