/**
 * Every mutant, in the order of PROTOCOL.md. A table for reviewers: which rule, tried by which cases, broken how.
 * It is longer than other files because a review of it wants one place.
 */
import {
  afterResumed,
  answer,
  callAgain,
  cancelFirst,
  cancelSilently,
  close,
  drop,
  hasCode,
  holdBack,
  inOneToken,
  isRepeated,
  late,
  on,
  re,
  refusal,
  set,
  streamOf,
  texts,
  tokens,
  twice,
  withEpoch,
  withoutSilentAnswers,
  withToken,
} from './faults.ts';
import type { Message, Mutant } from './mutant.ts';

/** Behind the end of every case: what is only a little late may be forgiven on a busy machine. */
const NEVER_MS = 30_000;
const LATE_MS = 3000;

/** Breaks nothing: proves that the man in the middle can be trusted. */
export const none: Mutant = { name: 'none', breaks: 'version.levels-claimed', filter: '' };

/** Is killed once a run is well under way. */
export const dies: Mutant = {
  name: 'dies',
  breaks: 'version.levels-claimed',
  filter: '',
  opened: ({ connections }) => void (connections === 6 && process.kill(process.pid, 'SIGKILL')),
};

/** Repeats every secret that it was told, in errors that are wrong besides. */
export const indiscreet: Mutant = {
  name: 'indiscreet',
  breaks: 'error.retryable',
  filter: 'auth/foreign-stream',
  server: (message, link) => {
    if (message['type'] !== 'error') return [message];
    const told = JSON.stringify([link.hello, link.headers, link.url]);
    return [{ ...message, retryable: true, message: told }];
  },
};

const params = ({ params }: Message): Message => params as Message;

export const mutants: readonly Mutant[] = [
  // 2 Levels, features, versions
  {
    name: 'core-unclaimed',
    breaks: 'version.levels-claimed',
    filter: 'handshake/selects',
    server: set('welcome', { levels: ['operations'] }),
  },
  {
    name: 'feature-nobody-asked-for',
    breaks: 'version.features-negotiated',
    filter: 'handshake/unknown-features',
    server: set('welcome', { features: { reasoning: true } }),
  },

  // 5 Handshake
  {
    name: 'selects-whatever-comes-first',
    breaks: 'handshake.subprotocol-selected',
    filter: 'handshake/selects',
    subprotocol: 'first',
  },
  {
    name: 'speaks-without-the-subprotocol',
    breaks: 'handshake.not-offered',
    filter: 'handshake/no-subprotocol',
    also: { 'handshake.not-offered-refused': 'who speaks has not refused' },
    subprotocol: 'unasked',
  },
  {
    name: 'refuses-with-401',
    breaks: 'handshake.not-offered-refused',
    filter: 'handshake/other-subprotocol',
    refusesWith: 401,
  },
  {
    name: 'compresses',
    breaks: 'handshake.no-compression',
    filter: 'handshake/no-compression',
    compression: true,
  },
  {
    name: '4409-is-4400-before-hello',
    breaks: 'handshake.hello-first',
    filter: 'handshake/ping-before-hello',
    closes: { 4409: 4400 },
  },
  {
    name: 'ignores-a-second-hello',
    breaks: 'handshake.hello-once',
    filter: 'handshake/second-hello',
    client: drop('hello', (_message, { welcomed }) => welcomed),
  },
  {
    name: 'hello-timeout-too-early',
    breaks: 'handshake.hello-timeout',
    filter: 'handshake/hello-timeout',
    opened: (link) => void setTimeout(() => link.hello ?? link.end(4408), 400),
  },
  {
    name: 'pings-before-welcome',
    breaks: 'handshake.welcome-first',
    filter: 'handshake/selects',
    server: on('welcome', (message) => [{ type: 'ping', t: 1 }, message]),
  },
  {
    name: 'pipelined-in-reverse',
    breaks: 'handshake.pipelined-in-order',
    filter: 'handshake/pipelined-generate-then-cancel',
    client: holdBack(['generate'], ['cancel'], (held, cancel) => [cancel, ...held]),
  },
  {
    name: 'loses-what-is-pipelined',
    breaks: 'handshake.pipeline-bounded',
    filter: 'handshake/pipelined-64k',
    client: drop('generate', (message) => JSON.stringify(message).length > 32_768),
  },
  {
    name: 'runs-what-is-pipelined-before-the-401',
    breaks: 'handshake.closed-unprocessed',
    filter: 'auth/wrong-credentials',
    client: callAgain('generate', (_message, { welcomed }) => !welcomed),
  },
  {
    name: 'calls-before-hello',
    breaks: 'handshake.no-call-before-auth',
    filter: 'handshake/generate-before-hello',
    client: callAgain('generate', (_message, { hello }) => hello === undefined),
  },

  // 6 Authentication
  {
    name: 'lets-anybody-in',
    breaks: 'auth.rejected',
    filter: 'auth/wrong-credentials',
    client: withToken((token) =>
      tokens().some((one) => one.token === token) ? undefined : tokens()[0]?.token,
    ),
  },
  {
    name: 'tells-that-a-foreign-stream-exists',
    breaks: 'auth.streams-private',
    filter: 'auth/foreign-stream',
    server: set('error', { message: 'this stream is not yours' }, (message, link) =>
      link.streams.has(String(re(message)['id'])),
    ),
  },
  {
    name: 'one-id-for-all-principals',
    breaks: 'auth.ids-per-principal',
    filter: 'auth/same-id',
    client: answer('generate', refusal('id_conflict'), isRepeated),
  },
  {
    name: 'shares-what-is-nobodys',
    breaks: 'auth.session-is-principal',
    filter: 'auth/without-session',
    client: set('hello', ({ session }) => ({ session: session ?? 'the-session-of-everybody' })),
  },
  {
    name: 'credentials-never-expire',
    breaks: 'auth.expired',
    filter: 'auth/expired-credentials',
    client: withToken((token) => {
      const own = tokens().find((one) => one.token === token && one.expires);
      return own && tokens().find((one) => one.principal === own.principal && !one.expires)?.token;
    }),
  },
  {
    name: 'a-refresh-is-somebody-else',
    breaks: 'auth.refresh-keeps-streams',
    filter: 'auth/expired-credentials',
    client: withToken((token) => {
      const expiring = tokens().find((one) => one.expires);
      const own = tokens().find((one) => one.token === token && !one.expires);
      return own?.principal === expiring?.principal ? tokens()[0]?.token : undefined;
    }),
  },

  // 7 Framing
  {
    name: 'null-fields',
    breaks: 'framing.server-messages',
    filter: 'sequence/first-token',
    server: set('end', { timing: null }),
  },
  {
    name: 'unknown-field-in-token',
    breaks: 'framing.server-messages',
    filter: 'sequence/first-token',
    server: set('token', { content: 'the same again' }),
  },
  {
    name: 'exponents',
    breaks: 'framing.plain-json',
    filter: 'sequence/first-token',
    json: (text) => text.replace(/"seq":(\d+)/, '"seq":$1e0'),
  },
  {
    name: 'duplicate-keys',
    breaks: 'framing.plain-json',
    filter: 'sequence/first-token',
    json: (text) => text.replace(/"type":"token"/, '$&,$&'),
  },
  {
    name: 'half-a-character',
    breaks: 'framing.unicode',
    filter: 'resume/cursor-ahead',
    server: set('error', { message: 'too far \ud83d' }),
  },
  {
    name: 'one-huge-token',
    breaks: 'framing.max-server-bytes',
    filter: 'sequence/a-delta-larger',
    server: inOneToken(() => ({ from: 2 })),
  },
  {
    name: 'huge-by-white-space',
    breaks: 'framing.max-server-bytes',
    filter: 'sequence/one-token',
    json: (text, { type }) => (type === 'token' ? text.padEnd(70_000) : text),
  },
  ...['garbage-text', 'untyped-no', 'unreadable-ping'].map(
    (text, index): Mutant => ({
      name: `4400-is-4409-for-${text}`,
      breaks:
        (['framing.not-an-object', 'framing.no-type', 'framing.no-readable-id'] as const)[index] ??
        'framing.binary',
      filter: `framing/${text}`,
      closes: { 4400: 4409 },
    }),
  ),
  {
    name: 'closes-on-an-invalid-field',
    breaks: 'framing.invalid',
    filter: 'framing/invalid-resume-without',
    server: close('error', 4400, hasCode('invalid')),
  },
  {
    name: 'closes-on-binary-with-1007',
    breaks: 'framing.binary',
    filter: 'framing/binary',
    closes: { 4400: 1007, 1003: 1007 },
  },
  {
    name: 'refuses-unknown-fields',
    breaks: 'framing.unknown-fields',
    filter: 'framing/unknown-fields',
    client: answer('generate', refusal('invalid'), (message) => 'colour' in message),
  },
  {
    name: 'ignores-unknown-types',
    breaks: 'framing.unknown-type',
    filter: 'framing/unknown-type',
    server: drop('error', hasCode('unknown_type')),
  },
  { name: 'no-fragments', breaks: 'framing.fragments', filter: 'framing/fragments', wholeFrames: true },
  {
    name: 'takes-only-60k',
    breaks: 'framing.accepts-64k',
    filter: 'framing/accepts-64k',
    client: close('generate', 4413, (message) => JSON.stringify(message).length > 60_000),
  },
  {
    name: 'calls-for-too-large',
    breaks: 'framing.too-large',
    filter: 'framing/too-large',
    client: callAgain('generate', (message) => JSON.stringify(message).length > 1_000_000),
  },

  // 8 Generate
  {
    name: 'no-start',
    breaks: 'generate.first-answer',
    filter: 'resume/cursor-ahead',
    server: drop('start'),
  },
  {
    name: 'start-waits-for-the-first-token',
    breaks: 'generate.start-at-once',
    filter: 'generate/start-does-not-wait',
    server: holdBack(['start'], ['token', 'end']),
  },
  {
    name: 'trims-the-prompt',
    breaks: 'generate.forwards-messages',
    filter: 'generate/forwards',
    model: { content: (text) => text.trim() },
  },
  {
    name: 'calls-for-each-of-a-race',
    breaks: 'generate.one-call',
    filter: 'generate/race',
    client: callAgain('generate', isRepeated),
  },
  {
    name: 'retries-after-a-500',
    breaks: 'generate.no-blind-retry',
    filter: 'generate/no-retry-after-http-500',
    model: { repeatsOn: 500 },
  },
  {
    name: 'runs-a-repeated-generate',
    breaks: 'generate.attaches',
    filter: 'generate/attaches-after',
    client: callAgain('generate', isRepeated),
  },
  {
    name: 'trace-makes-another-payload',
    breaks: 'generate.payload-equality',
    filter: 'generate/equal-payloads',
    client: answer('generate', refusal('id_conflict'), (message) => 'trace' in message),
  },
  {
    name: 'payloads-not-compared',
    breaks: 'generate.id-conflict',
    filter: 'generate/id-conflict',
    client: on('generate', (message, link) => [streamOf(message, link)?.generate ?? message]),
  },
  {
    name: 'ignores-resend',
    breaks: 'generate.outcome-unknown',
    filter: 'generate/outcome-unknown-with-no',
    client: set('generate', { resend: undefined }),
  },
  {
    name: 'own-epoch-is-foreign',
    breaks: 'generate.resend-own-epoch',
    filter: 'generate/resend-with-own',
    client: set('generate', { resend: { epoch: 'another' } }, (message) => 'resend' in message),
  },
  {
    name: 'forgets-that-an-id-expired',
    breaks: 'generate.expired',
    filter: 'generate/expired',
    server: set('error', { code: 'unknown_stream' }, hasCode('expired', 'generate')),
  },
  {
    name: 'ignores-unknown-parameters',
    breaks: 'generate.unsupported-param',
    filter: 'generate/an-unknown-parameter',
    client: set('generate', { params: undefined }),
  },
  {
    name: 'ignores-n',
    breaks: 'generate.one-choice',
    filter: 'generate/several-choices',
    client: set('generate', { params: undefined }, (message) => params(message)?.['n'] !== undefined),
  },
  {
    name: 'too-many-for-good',
    breaks: 'generate.too-many',
    filter: 'generate/too-many',
    server: set('error', { code: 'x.example.com.full', retryable: false }, hasCode('too_many_streams')),
  },
  {
    name: 'a-refusal-uses-up-the-id',
    breaks: 'generate.refused-keeps-id',
    filter: 'generate/several-choices',
    client: answer('generate', refusal('id_conflict'), isRepeated),
  },
  {
    name: 'another-grace',
    breaks: 'generate.grace-clamped',
    filter: 'generate/grace',
    server: set('start', ({ grace_ms }) => ({ grace_ms: Number(grace_ms) + 1 })),
  },

  // 9 Sequence and text
  {
    name: 'seq-skips-one',
    breaks: 'sequence.contiguous',
    filter: 'sequence/first-token',
    server: (message) => [
      Number(message['seq']) > 2 ? { ...message, seq: Number(message['seq']) + 1 } : message,
    ],
  },
  {
    name: 'merged-from-one-too-high',
    breaks: 'sequence.merged',
    filter: 'sequence/three-hundred',
    server: inOneToken(() => ({ from: 3 })),
  },
  {
    name: 'holds-one-token-back',
    breaks: 'sequence.first-token-at-once',
    filter: 'sequence/first-token',
    server: holdBack(['token'], ['token', 'end']),
  },
  {
    name: 'text-doubled',
    breaks: 'sequence.text-exact',
    filter: 'sequence/one-token',
    server: texts((text) => text + text),
  },
  {
    name: 'text-dropped',
    breaks: 'sequence.text-exact',
    filter: 'sequence/three-hundred',
    server: texts((text) => text.replace('7', '')),
  },
  {
    name: 'text-trimmed',
    breaks: 'sequence.text-exact',
    filter: 'sequence/three-hundred',
    server: texts((text) => text.trim()),
  },
  {
    name: 'text-normalised',
    breaks: 'sequence.text-exact',
    filter: 'sequence/text-that-is-not-normalised',
    server: texts((text) => text.normalize('NFC')),
  },
  {
    name: 'text-of-its-own',
    breaks: 'sequence.text-prefix',
    filter: 'cancel/after-1',
    server: texts((text) => `!${text}`),
  },
  {
    name: 'halves-not-rejoined',
    breaks: 'sequence.surrogates',
    filter: 'sequence/a-character-joined',
    server: texts((text) => text.replace('🙂', '\ufffd\ufffd')),
  },
  {
    name: 'counts-utf16',
    breaks: 'sequence.utf8-bytes',
    filter: 'sequence/characters-cut',
    server: set('end', (message, link) => ({ utf8_bytes: streamOf(message, link)?.text.length })),
  },
  {
    name: 'cuts-off-a-large-delta',
    breaks: 'sequence.split',
    filter: 'sequence/a-delta-larger',
    also: { 'sequence.text-exact': 'what is cut off is missing' },
    server: texts((text) => text.slice(0, 1000)),
  },

  // 10 Resume
  {
    name: 'resume-runs-the-model-again',
    breaks: 'resume.no-call',
    filter: 'resume/cut-by-reset-after-2',
    client: callAgain('resume'),
  },
  {
    name: 'resume-unanswered',
    breaks: 'resume.answered',
    filter: 'resume/restart',
    client: drop('resume'),
    server: withEpoch('always-the-same'),
  },
  {
    name: 'resumed-missing',
    breaks: 'resume.announced',
    filter: 'resume/cut-by-reset-after-2',
    server: drop('resumed'),
  },
  {
    name: 'resumed-from-wrong',
    breaks: 'resume.announced',
    filter: 'resume/cut-by-reset-after-2',
    server: set('resumed', ({ from }) => ({ from: Number(from) + 1 })),
  },
  {
    name: 'replay-differs',
    breaks: 'resume.same-content',
    filter: 'resume/cut-by-reset-in-the-replay',
    server: afterResumed(set('token', ({ text }) => ({ text: String(text).toUpperCase() }))),
  },
  {
    name: 'replay-then-a-gap',
    breaks: 'resume.then-live',
    filter: 'resume/cut-by-reset-after-2',
    server: afterResumed(drop('token')),
  },
  {
    name: 'seq-restarts-after-resume',
    breaks: 'resume.not-below-cursor',
    filter: 'resume/cut-by-close-after-2',
    also: { 'resume.same-content': 'other text under the old numbers' },
    server: afterResumed((message, { notes }) => {
      const head = notes.get(`resumed ${String(message['id'])}`) ?? 0;
      const { from, seq } = message;
      const shift = (value: unknown) => (typeof value === 'number' ? value - head + 1 : undefined);
      return [{ ...message, from: shift(from), seq: shift(seq) }];
    }),
  },
  {
    name: 'replays-from-the-start',
    breaks: 'resume.not-below-cursor',
    filter: 'resume/zombie-close',
    client: on('resume', (message, { notes }) => {
      notes.set('after', Number(message['after']));
      return [{ ...message, after: 0 }];
    }),
    server: set('resumed', (_message, { notes }) => ({ from: (notes.get('after') ?? 0) + 1 })),
  },
  {
    name: 'resumes-only-at-even-numbers',
    breaks: 'resume.any-after',
    filter: 'resume/every-after-of-an-ended',
    client: answer('resume', refusal('unknown_stream'), ({ after }) => Number(after) % 2 === 1),
  },
  {
    name: 'any-epoch-will-do',
    breaks: 'resume.epoch-mismatch',
    filter: 'resume/epoch-mismatch',
    server: set('error', { code: 'cursor_ahead' }, hasCode('epoch_mismatch')),
  },
  {
    name: 'epoch-survives-a-restart',
    breaks: 'resume.epoch-renewed',
    filter: 'resume/restart',
    client: set('resume', { epoch: 'always-the-same' }),
    server: withEpoch('always-the-same'),
  },
  {
    name: 'unknown-looks-expired',
    breaks: 'resume.unknown-stream',
    filter: 'resume/unknown-stream',
    server: set('error', { code: 'expired' }, hasCode('unknown_stream')),
  },
  {
    name: 'expired-looks-unknown',
    breaks: 'resume.expired',
    filter: 'generate/expired',
    server: set('error', { code: 'unknown_stream' }, hasCode('expired', 'resume')),
  },
  {
    name: 'ahead-looks-unknown',
    breaks: 'resume.cursor-ahead',
    filter: 'resume/cursor-ahead',
    server: set('error', { code: 'unknown_stream' }, hasCode('cursor_ahead')),
  },
  {
    name: 'forgets-what-has-ended',
    breaks: 'resume.ended',
    filter: 'end/finish-reason-length',
    client: answer(
      'resume',
      refusal('unknown_stream'),
      (message, link) => streamOf(message, link)?.ended === true,
    ),
  },
  {
    name: 'goes-on-after-detached',
    breaks: 'resume.supersedes',
    filter: 'resume/supersedes',
    server: (message, link) => {
      if (message['type'] === 'detached') link.notes.set(`detached ${String(message['id'])}`, 1);
      const readers = message['type'] === 'token' ? [...(streamOf(message, link)?.readers ?? [])] : [];
      const detached = readers.filter(({ notes }) => notes.has(`detached ${String(message['id'])}`));
      for (const reader of detached) reader.toClient(message);
      return [message];
    },
  },
  {
    name: 'superseded-in-silence',
    breaks: 'resume.supersedes',
    filter: 'resume/supersedes',
    server: drop('detached'),
  },
  {
    name: 'detached-from-itself',
    breaks: 'resume.same-connection',
    filter: 'resume/every-after-of-a-running',
    server: on('resumed', ({ id, head, ...rest }) => [
      { type: 'detached', id, reason: 'superseded', head },
      { id, head, ...rest },
    ]),
  },
  {
    name: 'a-zombie-takes-its-stream-along',
    breaks: 'resume.zombie',
    filter: 'resume/zombie-close',
    closed: (link) => {
      const taken = [...link.streams].filter(([, { by, attached }]) => by === link && attached !== link);
      for (const [id, { attached }] of taken) cancelSilently(attached, id);
    },
    server: withoutSilentAnswers,
  },

  // 11 Cancel
  {
    name: 'cancel-ok-twice',
    breaks: 'cancel.answered',
    filter: 'cancel/after-1',
    server: twice('cancel_ok'),
  },
  { name: 'no-cancel-ok', breaks: 'cancel.answered', filter: 'cancel/after-1', server: drop('cancel_ok') },
  {
    name: 'cancelling-called-ended',
    breaks: 'cancel.answered',
    filter: 'cancel/after-1',
    server: set('cancel_ok', { state: 'ended' }),
  },
  {
    name: 'abort-not-passed-on',
    breaks: 'cancel.reaches-model',
    filter: 'cancel/after-1',
    also: { 'cancel.aborted-is-true': 'the good server behind believes that it closed the call' },
    model: { leavesAfterMs: Number.POSITIVE_INFINITY },
  },
  {
    name: 'abort-passed-on-late',
    breaks: 'cancel.reaches-model',
    filter: 'cancel/after-1',
    also: { 'cancel.aborted-is-true': 'the claim comes long before it is true' },
    model: { leavesAfterMs: LATE_MS },
  },
  {
    name: 'abort-waits-for-headers',
    breaks: 'cancel.before-first-token',
    filter: 'cancel/model-hangs-before-its-headers',
    also: { 'cancel.aborted-is-true': 'the claim comes long before it is true' },
    model: { leavesAfterMs: LATE_MS },
  },
  {
    name: 'aborted-claimed',
    breaks: 'cancel.aborted-is-true',
    filter: 'end/usage-that-never',
    server: set('end', { upstream: 'aborted' }),
    model: { leavesAfterMs: Number.POSITIVE_INFINITY },
  },
  {
    name: 'asks-again-after-cancel',
    breaks: 'cancel.no-further-request',
    filter: 'cancel/while-the-model-refuses',
    server: callAgain(
      'end',
      ({ finish_reason }) => finish_reason === 'cancelled',
      (end, link) => link.toClient(end),
    ),
  },
  {
    name: 'text-after-cancel',
    breaks: 'cancel.nothing-but-end',
    filter: 'cancel/nothing-but-end',
    also: { 'sequence.text-prefix': 'the model was closed before it could say that' },
    server: on('end', ({ seq, utf8_bytes, ...end }) => [
      { type: 'token', id: end['id'], seq, text: 'two ' },
      { ...end, seq: Number(seq) + 1, utf8_bytes: Number(utf8_bytes) + 4 },
    ]),
  },
  {
    name: 'cancelled-called-stop',
    breaks: 'cancel.reason',
    filter: 'cancel/after-1',
    server: set('end', { finish_reason: 'stop' }),
  },
  {
    name: 'cancelled-called-abandoned',
    breaks: 'cancel.reason',
    filter: 'cancel/after-1',
    server: set('end', { finish_reason: 'abandoned' }),
  },
  {
    name: 'ended-called-cancelling',
    breaks: 'cancel.after-end',
    filter: 'cancel/after-the-end',
    server: set('cancel_ok', { state: 'cancelling' }),
  },
  {
    name: 'end-late-after-cancel',
    breaks: 'cancel.end-in-time',
    filter: 'cancel/after-1',
    server: late('end', NEVER_MS),
  },
  {
    name: 'cancels-only-where-it-began',
    breaks: 'cancel.any-connection',
    filter: 'cancel/from-another',
    client: answer(
      'cancel',
      ({ id }) => ({ type: 'cancel_ok', id, state: 'unknown' }),
      (message, link) => streamOf(message, link)?.by !== link,
    ),
  },
  {
    name: 'unknown-called-ended',
    breaks: 'cancel.unknown',
    filter: 'cancel/unknown',
    server: set('cancel_ok', { state: 'ended' }),
  },
  {
    name: 'no-tombstones',
    breaks: 'cancel.tombstone',
    filter: 'cancel/unknown',
    client: answer('cancel', ({ id }) => ({ type: 'cancel_ok', id, state: 'unknown' })),
  },
  {
    name: 'cancels-the-siblings-too',
    breaks: 'cancel.siblings',
    filter: 'cancel/siblings',
    client: on('cancel', (message, link) => {
      const ids = [...link.streams.keys()].filter(
        (id) => id !== message['id'] && link.streams.get(id)?.by === link,
      );
      for (const id of ids) cancelSilently(link, id);
      return [message];
    }),
    server: withoutSilentAnswers,
  },

  // 12 End
  { name: 'end-twice', breaks: 'end.once', filter: 'sequence/one-token', server: twice('end') },
  { name: 'no-end', breaks: 'end.once', filter: 'sequence/one-token', server: drop('end') },
  {
    name: 'token-after-end',
    breaks: 'end.last',
    filter: 'cancel/after-the-end',
    server: on('end', (end) => [
      end,
      { type: 'token', id: end['id'], seq: Number(end['seq']) + 1, text: '!' },
    ]),
  },
  {
    name: 'length-called-stop',
    breaks: 'end.finish-reason',
    filter: 'end/finish-reason-length',
    server: set('end', { finish_reason: 'stop' }),
  },
  {
    name: 'a-broken-call-completed',
    breaks: 'end.upstream',
    filter: 'end/a-reset',
    server: set('end', { upstream: 'completed' }),
  },
  {
    name: 'error-without-error',
    breaks: 'end.error-given',
    filter: 'end/a-malformed',
    server: set('end', { error: undefined }),
  },
  { name: 'no-usage', breaks: 'end.usage', filter: 'end/usage', server: set('end', { usage: undefined }) },
  {
    name: 'waits-for-usage',
    breaks: 'end.usage-bounded',
    filter: 'end/usage-that-never',
    server: late('end', NEVER_MS),
  },
  {
    name: 'refused-called-unknown',
    breaks: 'end.model-refuses',
    filter: 'end/an-http-500',
    server: set('end', { upstream: 'unknown' }),
  },
  {
    name: 'a-reset-is-a-stop',
    breaks: 'end.model-breaks',
    filter: 'end/a-reset',
    server: set('end', { finish_reason: 'stop', error: undefined }),
  },
  {
    name: 'an-eof-is-a-stop',
    breaks: 'end.eof',
    filter: 'end/an-end-of-file',
    server: set('end', { finish_reason: 'stop', error: undefined }),
  },
  {
    name: 'an-eof-is-unknown',
    breaks: 'end.eof',
    filter: 'end/an-end-of-file',
    server: set('end', { upstream: 'unknown' }),
  },
  {
    name: 'a-lost-connection-cancels',
    breaks: 'end.disconnect-continues',
    filter: 'end/continues-after-close',
    client: set('generate', { on_disconnect: 'cancel' }),
  },
  {
    name: 'a-lost-connection-costs-on',
    breaks: 'end.disconnect-cancels',
    filter: 'end/cancels-on-close',
    client: set('generate', { on_disconnect: undefined }),
  },
  {
    name: 'detached-counts-as-lost',
    breaks: 'end.detached-is-no-disconnect',
    filter: 'resume/supersedes',
    also: { 'end.finish-reason': 'the model may come to its own end while the cancel is on its way' },
    server: cancelFirst('detached', ({ id }) => id),
  },
  {
    name: 'grace-too-short',
    breaks: 'end.abandoned',
    filter: 'end/abandoned',
    client: set('generate', { grace_ms: 100 }),
  },

  // 13 Heartbeat
  { name: 'ping-unanswered', breaks: 'heartbeat.pong', filter: 'heartbeat/pong', client: drop('ping') },
  { name: 'pong-twice', breaks: 'heartbeat.pong', filter: 'heartbeat/pong', server: twice('pong') },
  {
    name: 'pong-with-another-t',
    breaks: 'heartbeat.pong',
    filter: 'heartbeat/pong',
    server: set('pong', ({ t }) => ({ t: t === 0 ? 1 : t })),
  },
  {
    name: 'no-ping-while-a-model-thinks',
    breaks: 'heartbeat.pings',
    filter: 'heartbeat/pings-while-a-model',
    server: on('ping', (ping, link) => {
      const streaming = [...link.streams.values()].some(({ attached, ended }) => attached === link && !ended);
      if (!streaming) return [ping];
      link.toServer({ ...ping, type: 'pong' });
      return [];
    }),
  },
  {
    name: 'only-pongs-are-life',
    breaks: 'heartbeat.any-frame',
    filter: 'heartbeat/any-message',
    client: answer('ping', (ping) => ({ ...ping, type: 'pong' })),
  },
  {
    name: 'silence-is-fine',
    breaks: 'heartbeat.silence-closes',
    filter: 'heartbeat/silence',
    server: on('ping', (ping, link) => {
      link.toServer({ ...ping, type: 'pong' });
      return [ping];
    }),
  },

  // 15 Flow
  {
    name: 'the-model-waits-for-readers',
    breaks: 'flow.reader-holds-nobody',
    filter: 'flow/stalled',
    model: { stallsBehindBytes: 2_000_000 },
  },
  {
    name: 'never-catches-up',
    breaks: 'flow.catches-up',
    filter: 'flow/stalled',
    server: drop('end', ({ utf8_bytes }) => Number(utf8_bytes) > 1_000_000),
  },
  {
    name: 'control-behind-the-flood',
    breaks: 'flow.control-first',
    filter: 'flow/control-in',
    server: late('pong', NEVER_MS),
  },
  {
    name: 'small-streams-wait',
    breaks: 'flow.fair',
    filter: 'flow/fair',
    server: late('token', NEVER_MS, ({ text }) => text === 'me '),
  },

  // 16 Drain
  { name: 'leaves-without-goaway', breaks: 'drain.goaway', filter: 'drain/deadline', server: drop('goaway') },
  {
    name: 'refuses-as-overloaded',
    breaks: 'drain.refuses',
    filter: 'drain/goaway',
    server: set('error', { code: 'overloaded' }, hasCode('draining')),
  },
  {
    name: 'drain-cancels',
    breaks: 'drain.finishes',
    filter: 'drain/goaway',
    also: { 'end.finish-reason': 'the model may come to its own end while the cancel is on its way' },
    server: cancelFirst('error', (_error, { streams }) => streams.keys().next().value),
  },
  {
    name: 'drained-with-1001',
    breaks: 'drain.deadline',
    filter: 'drain/goaway',
    closes: { 4503: 1001 },
  },

  // 18 Errors
  {
    name: 'error-without-re',
    breaks: 'error.re',
    filter: 'resume/cursor-ahead',
    also: { 'resume.cursor-ahead': 'an answer that names nothing answers nothing' },
    server: set('error', { re: undefined }),
  },
  {
    name: 'wrong-retryable',
    breaks: 'error.retryable',
    filter: 'resume/cursor-ahead',
    server: set('error', { retryable: true }),
  },
  {
    name: 'wrong-retryable-in-end',
    breaks: 'error.retryable',
    filter: 'end/an-http-500',
    server: set('end', ({ error }) => ({ error: { ...(error as Message), retryable: false } })),
  },
  {
    name: 'an-error-ends-its-stream',
    breaks: 'error.never-ends',
    filter: 'resume/cursor-ahead',
    server: (message, { notes }) => {
      if (message['type'] === 'error') notes.set(String(re(message)['id']), 1);
      return notes.has(String(message['id'])) ? [] : [message];
    },
  },
];
