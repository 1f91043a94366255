/** Rules of the oracle where the transcripts do not reach: clocks, claims, the calls of the model. */
import { describe, expect, it } from 'vitest';
import { judge } from '../src/oracle/judge.ts';
import { end, GENERATE, ID, START, Story, token } from './support/story.ts';

const found = (story: Story): string[] => judge(story.trace).map(({ requirement }) => requirement);

const CANCEL = { type: 'cancel', id: ID };
const CANCELLING = { type: 'cancel_ok', id: ID, state: 'cancelling' };
const cancelled = (seq: number, bytes: number) =>
  end(seq, { finish_reason: 'cancelled', upstream: 'aborted', utf8_bytes: bytes });

/** A stream whose model has said these texts. */
const begun = (...texts: string[]): Story =>
  new Story()
    .connect()
    .says(GENERATE)
    .called()
    .hears(START)
    .writes(...texts);

/** A stream for which the model was asked twice, the first time answering with this status. */
function repeated(status: number): Story {
  const story = new Story().connect().says(GENERATE).called().hears(START);
  story.events.splice(-2, 1);
  return story.model({ kind: 'refused', status }).called(2);
}

describe('cancel', () => {
  it('accepts a cancel whose call is closed in time', () => {
    const story = begun('one').hears(token(2, 'one')).says(CANCEL).hears(CANCELLING);
    story.wait(400).model({ kind: 'peer_gone', phase: 'streaming' }).hears(cancelled(3, 3));
    expect(found(story)).toEqual([]);
  });

  it('counts the time from the cancel to the close of the call', () => {
    const story = begun('one').says(CANCEL).hears(CANCELLING);
    story.wait(600).model({ kind: 'peer_gone', phase: 'streaming' });
    expect(found(story)).toEqual(['cancel.reaches-model']);
  });

  it('names the rule for models that have said nothing yet', () => {
    const story = begun().says(CANCEL).hears(CANCELLING);
    story.wait(600).model({ kind: 'peer_gone', phase: 'before_first_token' });
    expect(found(story)).toEqual(['cancel.before-first-token']);
  });

  it('does not blame the server for what the observer itself was held up', () => {
    const story = begun('one').says(CANCEL).hears(CANCELLING);
    story.wait(600).model({ kind: 'peer_gone', phase: 'streaming' });
    story.lagMs = 150;
    expect(found(story)).toEqual([]);
  });

  it('does not believe a claim while the call is open', () => {
    const story = begun('one').hears(token(2, 'one')).says(CANCEL).hears(CANCELLING).hears(cancelled(3, 3));
    expect(found(story)).toEqual(['cancel.aborted-is-true']);
  });

  it('wants the end within 2 s', () => {
    const story = begun('one').hears(token(2, 'one')).says(CANCEL).hears(CANCELLING);
    story.model({ kind: 'peer_gone', phase: 'streaming' }).wait(2100).hears(cancelled(3, 3));
    expect(found(story)).toEqual(['cancel.end-in-time']);
  });
});

describe('calls of the model', () => {
  it('may be repeated behind a complete 429 or 503', () => {
    expect(found(repeated(429))).toEqual([]);
    expect(found(repeated(503))).toEqual([]);
  });

  it('may not be repeated behind anything else', () => {
    expect(found(repeated(500))).toEqual(['generate.no-blind-retry']);
  });

  it('may not be made for an id that was refused', () => {
    const story = new Story().connect().says(GENERATE).called();
    const re = { type: 'generate', id: ID };
    story.hears({ type: 'error', code: 'outcome_unknown', message: 'no', retryable: false, re });
    expect(found(story)).toEqual(['generate.outcome-unknown']);
  });
});

describe('end', () => {
  it('must hand on the usage of the model', () => {
    const story = begun('one').hears(token(2, 'one')).finishes();
    story.script.push({ kind: 'usage', input_tokens: 3, output_tokens: 1 });
    story.hears(end(3, { utf8_bytes: 3, usage: { input_tokens: 3, output_tokens: 2 } }));
    expect(found(story)).toEqual(['end.usage']);
  });

  it('must not deny a call that the model accepted', () => {
    const story = begun('one').hears(token(2, 'one')).says(CANCEL).hears(CANCELLING);
    story.model({ kind: 'peer_gone', phase: 'streaming' });
    story.hears(end(3, { finish_reason: 'cancelled', upstream: 'none', utf8_bytes: 3 }));
    expect(found(story)).toEqual(['end.upstream']);
  });
});

describe('text', () => {
  it('names the rule on surrogates where the model split a character', () => {
    const story = begun('<\ud83d', '\ude42>').finishes();
    story.hears(token(2, '<\ufffd\ufffd>')).hears(end(3, { utf8_bytes: 8 }));
    expect(found(story)).toEqual(['sequence.surrogates']);
  });

  it('counts vendor messages that are logged, and takes no text from them', () => {
    const story = begun('a', 'b').finishes().hears(token(2, 'a'));
    story.hears({ type: 'x.example.com.citation', id: ID, seq: 3, text: 'not of the model' });
    expect(found(story.hears(token(4, 'b')).hears(end(5, { utf8_bytes: 2 })))).toEqual([]);
  });
});

describe('messages', () => {
  it('are measured as they stood on the wire, white space included', () => {
    const story = begun('a').hears(JSON.stringify(token(2, 'a')).padEnd(65_537));
    expect(found(story)).toEqual(['framing.max-server-bytes']);
  });

  it('of a vendor have no schema, others of unknown type are none of a server', () => {
    const story = new Story().connect().hears({ type: 'x.example.com.hint', any: null });
    expect(found(story)).toEqual([]);
    expect(found(story.hears({ type: 'hint' }))).toEqual(['framing.server-messages']);
    expect(found(new Story().connect().hears({ type: 'hello', features: {} }))).toEqual([
      'framing.server-messages',
    ]);
  });

  it('that are no object are named', () => {
    expect(found(new Story().connect().hears('[1]'))).toEqual(['framing.server-messages']);
  });

  it('pong answers one ping each', () => {
    const story = new Story().connect().says({ type: 'ping', t: 7 }).hears({ type: 'pong', t: 7 });
    expect(found(story)).toEqual([]);
    expect(found(story.hears({ type: 'pong', t: 7 }))).toEqual(['heartbeat.pong']);
  });

  it('are judged by core also where the server does not claim it', () => {
    const story = new Story().connect().hears({ type: 'pong', t: 7 });
    expect(judge(story.trace, [])).toHaveLength(1);
  });
});
