/** Section 12, End. */
import type { Script } from '@tokenwire/mock-llm';
import type { RequirementId } from '@tokenwire/spec';
import type { Case } from '../case.ts';
import type { Kit } from '../kit.ts';
import type { Cut } from '../peer.ts';
import type { WireMessage } from '../trace.ts';

const role = { kind: 'role' } as const;
const done = { kind: 'done' } as const;
const text = (content: string) => ({ kind: 'text', text: content }) as const;

/** How the model may end, and what `end` must then say. */
const endings: Record<
  string,
  { script: Script; end: WireMessage; requirement: RequirementId; says?: string }
> = {
  ...Object.fromEntries(
    ['stop', 'length', 'tool_calls', 'content_filter'].map((reason) => [
      `finish reason ${reason}`,
      {
        script: [role, text('Hi'), { kind: 'finish', reason }, done],
        end: { finish_reason: reason, upstream: 'completed' },
        requirement: 'end.finish-reason',
      },
    ]),
  ),
  'a refusal': {
    script: [role, { kind: 'refusal', text: 'I will not.' }, { kind: 'finish', reason: 'stop' }, done],
    end: { finish_reason: 'refusal', upstream: 'completed' },
    requirement: 'end.finish-reason',
    says: 'I will not.',
  },
  'an HTTP 401': {
    script: [{ kind: 'refuse', status: 401 }],
    end: { finish_reason: 'error', upstream: 'failed' },
    requirement: 'end.model-refuses',
    says: '',
  },
  'an HTTP 500': {
    script: [{ kind: 'refuse', status: 500 }],
    end: { finish_reason: 'error', upstream: 'failed' },
    requirement: 'end.model-refuses',
    says: '',
  },
  'a malformed chunk': {
    script: [
      role,
      text('Hi'),
      { kind: 'malformed' },
      text(' there'),
      { kind: 'finish', reason: 'stop' },
      done,
    ],
    end: { finish_reason: 'error' },
    requirement: 'end.model-breaks',
  },
  'a reset in mid-stream': {
    script: [role, text('Hi'), { kind: 'barrier', name: 'read' }, { kind: 'reset' }],
    end: { finish_reason: 'error' },
    requirement: 'end.model-breaks',
  },
  'an end of file without a finish reason': {
    script: [role, text('Hi'), { kind: 'eof' }],
    end: { finish_reason: 'error', upstream: 'failed' },
    requirement: 'end.eof',
  },
  'DONE without a finish reason': {
    script: [role, text('Hi'), done],
    end: { finish_reason: 'error', upstream: 'failed' },
    requirement: 'end.eof',
  },
  'nothing but an end of file': {
    script: [{ kind: 'accept' }, { kind: 'eof' }],
    end: { finish_reason: 'error', upstream: 'failed' },
    requirement: 'end.eof',
    says: '',
  },
};

function ending(what: string, { script, end, requirement, says = 'Hi' }: (typeof endings)[string]): Case {
  return {
    id: `end/${what.replaceAll(' ', '-').toLowerCase()}`,
    title: `${what} of the model gives finish_reason ${String(end['finish_reason'])}, and the text is kept`,
    requirements: [requirement, 'end.once', 'end.last', 'end.error-given'],
    journal: true,
    smoke: what === 'finish reason stop' || what === 'a reset in mid-stream',
    async run(t) {
      const a = await t.connect();
      const s = t.stream(script);
      a.send(s.generate());
      await a.receives({ type: 'start', id: s.id }, 'generate.first-answer');
      if (says !== '') await a.reads(s.id, says, 'sequence.first-token-at-once');
      s.release();
      await a.receives({ type: 'end', id: s.id, ...end }, requirement);
      a.send(s.resume(a.welcome.epoch, 0));
      await a.receives({ type: 'resumed', id: s.id }, 'resume.ended');
      await a.receives({ type: 'end', id: s.id, ...end }, 'end.last');
      const expected = says + says;
      const kept = a.text(s.id).startsWith(expected);
      t.check(requirement, kept, `the text ${JSON.stringify(says)} in the log`, JSON.stringify(a.text(s.id)));
    },
  };
}

/** A detour of the connection that must not end a stream which continues. */
function survives(how: Cut, code?: number): Case {
  const name = code === undefined ? how.replace('_', '-') : `${how}-${code}`;
  return {
    id: `end/continues-after-${name}`,
    title: `a ${name} does not end a stream that continues, also while nobody is attached`,
    requirements: ['end.disconnect-continues', 'resume.no-call'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two ', 'three'], { read: 1 });
      a.cut(how, code);
      await t.settle(await t.connect());
      s.release();
      await s.model('ended', 'end.disconnect-continues');
      const b = await t.connect();
      b.send(s.resume(b.welcome.epoch, 0));
      await b.receives({ type: 'resumed', id: s.id }, 'resume.announced');
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.disconnect-continues');
    },
  };
}

function cancelsOn(how: Cut): Case {
  return {
    id: `end/cancels-on-${how.replace('_', '-')}`,
    title: `a ${how.replace('_', '-')} closes the call of a stream that asked for it`,
    requirements: ['end.disconnect-cancels', 'cancel.aborted-is-true'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1, fields: { on_disconnect: 'cancel' } });
      await s.modelIsLeft('end.disconnect-cancels', a.cut(how));
      await isLoggedAs(t, s.id, 'cancelled', 'end.disconnect-cancels');
    },
  };
}

/** Resumes from the start on a new connection and reads how the stream ended. */
async function isLoggedAs(t: Kit, id: string, reason: string, requirement: RequirementId): Promise<void> {
  const b = await t.connect();
  b.send({ type: 'resume', id, epoch: b.welcome.epoch, after: 0 });
  await b.receives({ type: 'resumed', id }, 'resume.announced');
  await b.receives({ type: 'end', id, finish_reason: reason }, requirement);
}

export const endCases: Case[] = [
  ...Object.entries(endings).map(([what, given]) => ending(what, given)),
  {
    id: 'end/usage',
    title: 'the usage that the model reports is handed on',
    requirements: ['end.usage'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const usage = {
        kind: 'usage',
        input_tokens: 11,
        output_tokens: 3,
        cached_tokens: 7,
        reasoning_tokens: 2,
      } as const;
      const s = t.stream([role, text('Hi'), { kind: 'finish', reason: 'stop' }, usage, done]);
      a.send(s.generate());
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
    },
  },
  {
    id: 'end/late-usage',
    title: 'usage that comes a little behind the finish reason is waited for',
    requirements: ['end.usage', 'end.once'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const usage = { kind: 'usage', input_tokens: 5, output_tokens: 1 } as const;
      const pause = { kind: 'delay', ms: 600 } as const;
      const s = t.stream([role, text('Hi'), { kind: 'finish', reason: 'stop' }, pause, usage, done]);
      a.send(s.generate());
      const end = await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.usage-bounded');
      const { params } = await s.model('received', 'end.usage');
      const options = params['stream_options'] as WireMessage | undefined;
      if (options?.['include_usage'] !== true) return;
      const given = end.message['usage'] as WireMessage | undefined;
      t.check('end.usage', given?.['output_tokens'] === 1, 'output_tokens: 1', given ?? 'no usage');
    },
  },
  {
    id: 'end/usage-that-never-comes',
    title: 'a model that hangs behind its finish reason does not hold up the end',
    requirements: ['end.usage-bounded'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream([role, text('Hi'), { kind: 'finish', reason: 'stop' }, { kind: 'hang' }]);
      a.send(s.generate());
      await a.reads(s.id, 'Hi', 'sequence.first-token-at-once');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.usage-bounded', {
        withinMs: 2000,
      });
    },
  },
  survives('close', 1000),
  survives('reset'),
  survives('half_close'),
  survives('silence'),
  cancelsOn('close'),
  cancelsOn('reset'),
  cancelsOn('half_close'),
  {
    id: 'end/abandoned',
    title: 'when nobody comes back within the grace, the call is closed and the stream abandoned',
    requirements: ['end.abandoned', 'cancel.aborted-is-true'],
    server: 'quick',
    journal: true,
    async run(t) {
      const a = await t.connect();
      const grace = Math.min(400, a.welcome.limits.grace_max_ms);
      const s = await t.begin(a, ['one ', 'two'], { read: 1, fields: { grace_ms: grace } });
      const cutAt = a.cut('reset');
      const { atMs } = await s.model('peer_gone', 'end.abandoned', { since: cutAt, withinMs: grace + 2000 });
      t.notBefore('end.abandoned', 'the call', atMs - cutAt, grace);
      await isLoggedAs(t, s.id, 'abandoned', 'end.abandoned');
    },
  },
  {
    id: 'end/grace-ends-with-resume',
    title: 'who comes back within the grace keeps the stream, however long it then takes',
    requirements: ['end.disconnect-continues', 'end.abandoned'],
    server: 'quick',
    journal: true,
    async run(t) {
      const a = await t.connect();
      // Long enough to come back in time also where both ends share a busy machine.
      const grace = Math.min(1500, a.welcome.limits.grace_max_ms);
      const s = await t.begin(a, ['one ', 'two'], { read: 1, fields: { grace_ms: grace } });
      const lost = await t.begin(a, ['lost'], { fields: { grace_ms: grace + 200 } });
      const cutAt = a.cut('reset');
      const b = await t.connect();
      b.send(s.resume(b.welcome.epoch, 0));
      await b.receives({ type: 'resumed', id: s.id }, 'resume.announced');
      await lost.model('peer_gone', 'end.abandoned', { since: cutAt, withinMs: grace + 2200 });
      s.release();
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.disconnect-continues');
    },
  },
];
