/** Section 7, Framing. */
import type { RequirementId } from '@tokenwire/spec';
import type { Case } from '../case.ts';
import type { Kit } from '../kit.ts';
import type { WireMessage } from '../trace.ts';
import { show } from '../wait.ts';
import { padded } from './handshake.ts';

const ID = '00000000-0000-4000-8000-000000000000';

function closing(name: string, requirement: RequirementId, texts: Record<string, string>): Case[] {
  return Object.entries(texts).map(([what, text]) => ({
    id: `framing/${name}-${what.replaceAll(' ', '-')}`,
    title: `${what} closes with 4400`,
    requirements: [requirement],
    async run(t) {
      const a = await t.connect();
      a.sendText(text);
      await a.closes([4400], requirement);
    },
  }));
}

const message = (fields: WireMessage): string => JSON.stringify(fields);

/** Messages of a known type with a readable id, and with one thing wrong. */
const invalid: Record<string, (id: string, marker: string) => string> = {
  'generate without messages': (id) => message({ type: 'generate', id }),
  'generate with no message': (id) => message({ type: 'generate', id, messages: [] }),
  'generate with an unknown role': (id, content) =>
    message({ type: 'generate', id, messages: [{ role: 'wizard', content }] }),
  'generate with null for an optional field': (id, content) =>
    message({ type: 'generate', id, messages: [{ role: 'user', content }], model: null }),
  'generate with a fraction': (id, content) =>
    message({ type: 'generate', id, messages: [{ role: 'user', content }], grace_ms: 0.5 }),
  'generate with an unknown policy': (id, content) =>
    message({ type: 'generate', id, messages: [{ role: 'user', content }], on_disconnect: 'maybe' }),
  'generate with a lone surrogate': (id, content) =>
    message({ type: 'generate', id, messages: [{ role: 'user', content: `${content} \ud800` }] }),
  'resume with a negative after': (id) => message({ type: 'resume', id, epoch: 'e', after: -1 }),
  'resume without epoch': (id) => message({ type: 'resume', id, after: 0 }),
  'cancel with a number as reason': (id) => message({ type: 'cancel', id, reason: 7 }),
};

async function isStillThere(
  t: Kit,
  a: Awaited<ReturnType<Kit['connect']>>,
  requirement: RequirementId,
): Promise<void> {
  a.send({ type: 'ping', t: 4711 });
  await a.receives({ type: 'pong', t: 4711 }, requirement);
}

export const framingCases: Case[] = [
  ...closing('garbage', 'framing.not-an-object', {
    'text that is not JSON': 'hello there',
    'an empty message': '',
    'an array': '[{"type":"ping","t":1}]',
    'a number': '42',
    'nesting deeper than 32': `{"type":"ping","t":1,"x":${'['.repeat(40)}${']'.repeat(40)}}`,
  }),
  ...closing('untyped', 'framing.no-type', {
    'no type': '{"t":1}',
    'a number as type': '{"type":1}',
  }),
  ...closing('unreadable', 'framing.no-readable-id', {
    'generate without id': '{"type":"generate","messages":[{"role":"user","content":"x"}]}',
    'cancel with a short id': '{"type":"cancel","id":"short"}',
    'resume with a wrong character in the id': `{"type":"resume","id":"${ID.slice(1)}!","epoch":"e","after":0}`,
    'ping without t': '{"type":"ping"}',
    'pong with a string': '{"type":"pong","t":"1"}',
  }),
  {
    id: 'framing/unreadable-hello',
    title: 'a hello with wrong fields closes with 4400',
    requirements: ['framing.no-readable-id'],
    async run(t) {
      const a = await t.open();
      a.send({ type: 'hello', features: 'all' });
      await a.closes([4400], 'framing.no-readable-id');
    },
  },
  ...Object.entries(invalid).map(
    ([what, text]): Case => ({
      id: `framing/invalid-${what.replaceAll(' ', '-')}`,
      title: `${what} is answered with error{invalid}, and the connection lives`,
      requirements: ['framing.invalid', 'error.re', 'error.retryable'],
      journal: what.startsWith('generate'),
      async run(t) {
        const a = await t.connect();
        const s = t.stream(['never']);
        a.sendText(text(s.id, s.marker));
        const type = what.slice(0, what.indexOf(' '));
        await a.receives({ type: 'error', code: 'invalid', re: { type, id: s.id } }, 'framing.invalid');
        await isStillThere(t, a, 'framing.invalid');
        await t.settle(a);
        t.check('generate.refused-keeps-id', s.requests === 0, 'no request to the model', s.requests);
      },
    }),
  ),
  {
    id: 'framing/unknown-type',
    title: 'an unknown type is answered with error{unknown_type}, and the connection lives',
    requirements: ['framing.unknown-type', 'error.re'],
    async run(t) {
      const a = await t.connect();
      a.send({ type: 'x.example.com.wave', id: ID });
      await a.receives(
        { type: 'error', code: 'unknown_type', re: { type: 'x.example.com.wave', id: ID } },
        'framing.unknown-type',
      );
      a.send({ type: 'constructor' });
      await a.receives(
        { type: 'error', code: 'unknown_type', re: { type: 'constructor' } },
        'framing.unknown-type',
      );
      await isStillThere(t, a, 'framing.unknown-type');
    },
  },
  {
    id: 'framing/depth-32',
    title: 'nesting of 32 is fine, one more closes with 4400',
    requirements: ['framing.not-an-object', 'framing.unknown-fields'],
    async run(t) {
      const a = await t.connect();
      a.sendText(nested(32));
      await a.receives({ type: 'pong', t: 32 }, 'framing.unknown-fields');
      a.sendText(nested(33));
      await a.closes([4400], 'framing.not-an-object');
    },
  },
  {
    id: 'framing/long-unknown-type',
    title: 'an unknown type of any length, with half a character, is answered within the limits',
    requirements: ['framing.unknown-type', 'error.re'],
    async run(t) {
      const a = await t.connect();
      a.sendText(`{"type":"x.${'y'.repeat(60_000)}"}`);
      const long = await a.receives({ type: 'error', code: 'unknown_type' }, 'framing.unknown-type');
      const re = long.message['re'] as WireMessage | undefined;
      const kept = String(re?.['type']).startsWith(`x.${'y'.repeat(126)}`);
      t.check('error.re', kept, 'at least 128 characters of the type', show(re));
      a.sendText('{"type":"x.\\ud800"}');
      await a.receives({ type: 'error' }, 'framing.unknown-type');
      await isStillThere(t, a, 'framing.unknown-type');
    },
  },
  {
    id: 'framing/unknown-fields',
    title: 'fields that the server does not know are ignored',
    requirements: ['framing.unknown-fields'],
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['fine']);
      a.send({ ...s.generate(), 'x.example.com.mood': { deep: [1, null] }, colour: 'blue' });
      await a.receives({ type: 'start', id: s.id }, 'framing.unknown-fields');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'framing.unknown-fields');
      a.send({ type: 'ping', t: 5, colour: 'blue' });
      await a.receives({ type: 'pong', t: 5 }, 'framing.unknown-fields');
    },
  },
  {
    id: 'framing/binary',
    title: 'a binary message closes with 1003 or 4400',
    requirements: ['framing.binary'],
    async run(t) {
      const a = await t.connect();
      a.sendBinary(Buffer.from('{"type":"ping","t":1}'));
      await a.closes([1003, 4400], 'framing.binary');
    },
  },
  {
    id: 'framing/not-utf8',
    title: 'a text message that is not UTF-8 closes with 1007 or 4400',
    requirements: ['framing.not-utf8'],
    async run(t) {
      const a = await t.connect();
      a.sendText(Buffer.from('{"type":"ping","t":1,"x":"\u00ff"}', 'latin1'));
      await a.closes([1007, 4400], 'framing.not-utf8');
    },
  },
  {
    id: 'framing/fragments',
    title: 'a message in fragments, cut inside a character, arrives whole',
    requirements: ['framing.fragments', 'generate.forwards-messages'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['fine']);
      const content = `Ünïcödé 🙂 日本 ${s.marker}`;
      const text = message({ ...s.generate(), messages: [{ role: 'user', content }] });
      const inside = Buffer.from(text).indexOf(Buffer.from('🙂')) + 2;
      a.sendText(text, [1, 10, inside - 11, 1]);
      await a.receives({ type: 'start', id: s.id }, 'framing.fragments');
      const { messages } = await s.model('received', 'framing.fragments');
      const last = messages.at(-1)?.content;
      t.check('framing.fragments', last === content, content, last);
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
    },
  },
  {
    id: 'framing/accepts-64k',
    title: 'a message of 65,536 bytes is accepted',
    requirements: ['framing.accepts-64k'],
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['fine']);
      a.sendText(padded(s.generate(), 65_536));
      await a.receives({ type: 'start', id: s.id }, 'framing.accepts-64k');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
    },
  },
  {
    id: 'framing/too-large',
    title: 'a message above the limit closes with 4413 or 1009 and never reaches the model',
    requirements: ['framing.too-large'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['never']);
      a.sendText(padded(s.generate(), a.welcome.limits.max_client_bytes + 1));
      await a.closes([4413, 1009], 'framing.too-large');
      await t.settle(await t.connect());
      t.check('framing.too-large', s.requests === 0, 'no request to the model', s.requests);
    },
  },
];

/** A ping whose deepest array is this deep. */
function nested(depth: number): string {
  return `{"type":"ping","t":${depth},"x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
}
