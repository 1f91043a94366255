/** Rules on the order of one stream on one connection: sections Sequence, Resume, End. */
import type { RequirementId } from '@tokenwire/spec';
import type { Violation } from '../verdict.ts';
import type { ConnectionView, Seen, View } from './view.ts';

/** Where one stream stands on one connection. */
interface Attachment {
  cursor: number;
  /** Did it begin with `resumed`? */
  resumed: boolean;
  state: 'live' | 'ended' | 'detached';
}

export function judgeAttachments(view: View): Violation[] {
  return view.connections.flatMap(judgeConnection);
}

function judgeConnection(connection: ConnectionView): Violation[] {
  const attachments = new Map<string, Attachment>();
  const asked = new Map<string, number>();
  const items = [...connection.sent, ...connection.received].sort((a, b) => a.event - b.event);
  return items.flatMap((item) => {
    const id = String(item.message['id']);
    if (connection.sent.includes(item)) {
      if (item.type === 'resume') asked.set(id, Number(item.message['after']));
      if (item.type === 'generate') asked.set(id, 0);
      return [];
    }
    return step(item, id, attachments, asked.get(id));
  });
}

/** One message of the server: how it moves the attachment, and what is wrong with that. */
function step(
  item: Seen,
  id: string,
  attachments: Map<string, Attachment>,
  after: number | undefined,
): Violation[] {
  const attachment = attachments.get(id);
  switch (item.type) {
    case 'start':
      if (attachment) return advance(item, attachment);
      attachments.set(id, { cursor: 1, resumed: false, state: 'live' });
      return [];
    case 'resumed':
      attachments.set(id, { cursor: Number(item.message['from']) - 1, resumed: true, state: 'live' });
      return judgeResumed(item, after);
    case 'detached':
      if (attachment) attachment.state = 'detached';
      return [];
    case 'token':
    case 'end':
      if (attachment) return advance(item, attachment);
      return [violation(item, 'resume.announced', 'start or resumed before the first entry')];
    default:
      // A type that this oracle does not know may be logged too: then it is counted.
      return attachment && typeof item.message['seq'] === 'number' ? advance(item, attachment) : [];
  }
}

function judgeResumed(item: Seen, after: number | undefined): Violation[] {
  const { from, head } = item.message;
  const expected = (after ?? Number.NaN) + 1;
  if (from !== expected) return [violation(item, 'resume.announced', `from: ${expected}`)];
  const isHead = typeof head === 'number' && head >= expected - 1;
  return isHead ? [] : [violation(item, 'resume.announced', `a head of at least ${expected - 1}`)];
}

function advance(item: Seen, attachment: Attachment): Violation[] {
  const seq = Number(item.message['seq']);
  const from = Number(item.message['from'] ?? seq);
  const { cursor, state } = attachment;
  if (state === 'detached') return [violation(item, 'resume.supersedes', 'nothing after detached')];
  if (state === 'ended') {
    const twice = item.type === 'end';
    return [violation(item, twice ? 'end.once' : 'end.last', twice ? 'one end' : 'nothing after end')];
  }
  attachment.cursor = Math.max(cursor, seq);
  if (item.type === 'end') attachment.state = 'ended';
  if (from > seq) return [violation(item, 'sequence.merged', `a from of at most ${seq}`)];
  if (from === cursor + 1) return [];
  return [violation(item, nameOf(item, attachment, from <= cursor), `from or seq ${cursor + 1}`)];
}

/** Which rule a wrong number breaks depends on how the attachment began. */
function nameOf(item: Seen, { resumed }: Attachment, again: boolean): RequirementId {
  if (again) return 'resume.not-below-cursor';
  if (resumed) return 'resume.then-live';
  return item.message['from'] === undefined ? 'sequence.contiguous' : 'sequence.merged';
}

function violation(item: Seen, requirement: RequirementId, expected: string): Violation {
  return { requirement, expected, actual: JSON.stringify(item.message), event: item.event };
}
