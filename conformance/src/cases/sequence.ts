/** Section 9, Sequence and text. */
import type { RequirementId } from '@tokenwire/spec';
import type { Script, Step } from '@tokenwire/mock-llm';
import type { Case } from '../case.ts';

const text = (content: string, cutAt?: number[]): Step =>
  cutAt ? { kind: 'text', text: content, cutAt } : { kind: 'text', text: content };
const answer = (...steps: Step[]): Script => [
  { kind: 'role' },
  ...steps,
  { kind: 'finish', reason: 'stop' },
  { kind: 'done' },
];

/** What the model says, and what must arrive when it is not just that. */
const sayings: Record<string, { script: Script; requirement?: RequirementId; arrives?: string }> = {
  'one token': { script: answer(text('Hello')) },
  'no token at all': { script: answer() },
  'white space only': { script: answer(text(' '), text('\n'), text('\t'), text('  ')) },
  'three hundred tokens': { script: answer(...Array.from({ length: 300 }, (_, index) => text(`${index} `))) },
  'the words that others use as an end': {
    script: answer(text('[DONE]'), text('[END]'), text('data: x\n\n')),
  },
  'JSON and markup': { script: answer(text('{"type":"end"}'), text('</script>&amp;\\"')) },
  'control characters': { script: answer(text('a\u0000b'), text('\u2028\u2029'), text('\r\n\ufeff')) },
  'text that is not normalised': { script: answer(text('e\u0301'), text('\u00e9'), text('ﬁ')) },
  'several events in one write': { script: answer({ kind: 'batch', texts: ['one ', 'two ', 'three'] }) },
  'empty deltas between': { script: answer(text('a'), text(''), { kind: 'role' }, text('b')) },
  'reasoning between': {
    script: answer(
      { kind: 'reasoning', text: 'hmm ' },
      text('so '),
      { kind: 'reasoning', text: 'wait ' },
      text('yes'),
    ),
    arrives: 'so yes',
  },
  'characters cut between two writes': {
    script: answer(text('日本語 🙂 ñ', [1, 2, 4, 11, 12]), text('é', [1])),
  },
  'a family of characters cut at every byte': {
    script: answer(
      text(
        '👩‍👩‍👧‍👦',
        Array.from({ length: 24 }, (_, index) => index + 1),
      ),
    ),
  },
  'a thousand tokens of one character': {
    script: answer(...Array.from('日本語の文字列'.repeat(143), (one) => text(one))),
  },
  'right to left and combining text': {
    script: answer(text('שלום '), text('a\u0308\u0323'), text('\u202eabc\u202c')),
  },
  'a character joined from two deltas': {
    script: answer(text('<\ud83d'), text('\ude42>')),
    requirement: 'sequence.surrogates',
    arrives: '<🙂>',
  },
  'a lone half of a character': {
    script: answer(text('a\ud83d'), text('b'), text('\ude42'), text('c')),
    requirement: 'sequence.surrogates',
    arrives: 'a\ufffdb\ufffdc',
  },
  'half a character at the very end': {
    script: answer(text('a\ud83d')),
    requirement: 'sequence.surrogates',
    arrives: 'a\ufffd',
  },
  'a delta that grows by escaping': {
    script: answer(text('\u0001'.repeat(12_000))),
    requirement: 'sequence.split',
  },
  'a delta larger than a message may be': {
    script: answer(text('0123456789🙂'.repeat(20_000))),
    requirement: 'sequence.split',
  },
};

function saying(
  what: string,
  { script, requirement = 'sequence.text-exact', arrives }: (typeof sayings)[string],
): Case {
  return {
    id: `sequence/${what.replaceAll(' ', '-').toLowerCase()}`,
    title: `the text arrives exactly: ${what}`,
    requirements: [requirement, 'sequence.contiguous', 'sequence.utf8-bytes'],
    journal: true,
    smoke: what === 'characters cut between two writes',
    async run(t) {
      const a = await t.connect();
      const s = t.stream(script);
      a.send(s.generate());
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop', upstream: 'completed' }, 'end.once');
      const said = script.map((step) =>
        'texts' in step ? step.texts.join('') : step.kind === 'text' ? step.text : '',
      );
      const expected = arrives ?? said.join('');
      t.check(requirement, a.text(s.id) === expected, JSON.stringify(expected), JSON.stringify(a.text(s.id)));
    },
  };
}

export const sequenceCases: Case[] = [
  ...Object.entries(sayings).map(([what, given]) => saying(what, given)),
  {
    id: 'sequence/first-token-at-once',
    title: 'each text arrives before the model says the next one',
    requirements: ['sequence.first-token-at-once', 'sequence.contiguous'],
    journal: true,
    smoke: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['a', 'b', 'c', 'd'], { read: 4 });
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
    },
  },
  {
    id: 'sequence/eight-streams-at-once',
    title: 'eight streams on one connection keep their texts apart',
    requirements: ['sequence.contiguous', 'sequence.text-exact'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const most = Math.min(8, a.welcome.limits.max_streams);
      const streams = [];
      for (let n = 0; n < most; n++) streams.push(await t.begin(a, texts(n)));
      for (let index = 0; index < 6; index++) for (const s of streams) s.release(index);
      for (const [n, { id }] of streams.entries()) {
        await a.receives({ type: 'end', id, finish_reason: 'stop' }, 'end.once');
        t.check('sequence.text-exact', a.text(id) === texts(n).join(''), texts(n).join(''), a.text(id));
      }
    },
  },
  {
    id: 'sequence/two-connections',
    title: 'two connections of one principal have streams of their own',
    requirements: ['sequence.contiguous', 'sequence.text-exact'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const b = await t.connect();
      const s = await t.begin(a, ['on ', 'A'], { read: 1 });
      const r = await t.begin(b, ['on ', 'B'], { read: 1 });
      s.release();
      r.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
      await b.receives({ type: 'end', id: r.id, finish_reason: 'stop' }, 'end.once');
      const mixed = a.messages(r.id).length + b.messages(s.id).length;
      t.check('sequence.contiguous', mixed === 0, 'no message of the other stream', `${mixed}`);
    },
  },
];

/** Six texts that name their stream. */
function texts(n: number): string[] {
  return Array.from({ length: 6 }, (_, index) => `${n}.${index} `);
}
