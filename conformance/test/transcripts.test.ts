/** The oracle against the transcripts of the spec: it accepts what is valid, and names what is not. */
import { isRequirementId, requirement as requirementOf } from '@tokenwire/spec';
import { describe, expect, it } from 'vitest';
import { judge } from '../src/oracle/judge.ts';
import { levelsOf, traceOf, transcripts } from './support/transcripts.ts';

/** What a trace alone does not show: the case that sets it up judges it, because it knows what it tried. */
const beyond: Record<string, string> = {
  'bad-aborted-claimed': 'needs the clock: the model came to its own end, perhaps at the same moment',
  'bad-cancel-unanswered': 'nothing came: needs the clock',
  'bad-close-ends-stream': 'needs the grace and the clock of whoever lost the connection',
  'bad-closed-processed': 'which credentials are wrong is known to the case',
  'bad-drain': 'whether a close was planned is known to the case',
  'bad-error-ends': 'nothing came: needs the clock',
  'bad-goaway-accepts': 'a generate may cross the goaway: the case waits for it',
  'bad-id-conflict': 'whether two payloads are equal is known to the case',
  'bad-levels': 'the case of section 5 looks at welcome',
  'bad-malformed-ignored': 'nothing came: needs the clock',
  'bad-one-choice': 'what a parameter means is known to the case',
  'bad-resend-runs': 'whether an id is new is known to the case',
  'bad-second-hello': 'judged by its consequence, a second welcome: handshake.welcome-first',
  'bad-text-after-cancel': 'cancel_ok may overtake tokens that were logged before it',
  'bad-tombstone': 'whether an id was unknown is known to the case',
  'bad-too-large-called': 'what was too large is known to the case',
  'bad-unknown-type-closed': 'which types a server knows is known to the case',
};

const judged = (transcript: (typeof transcripts)[number]): string[] =>
  judge(traceOf(transcript), levelsOf(transcript)).map(({ requirement }) => requirement);

const ofServers = (ids: readonly string[] = []): string[] =>
  ids.filter((id) => isRequirementId(id) && requirementOf(id).party === 'server');

const bad = transcripts.filter(({ violates }) => ofServers(violates).length > 0);

describe('a valid transcript breaks nothing', () => {
  it.each(transcripts.filter(({ valid }) => valid))('$transcript', (transcript) => {
    expect(judge(traceOf(transcript), levelsOf(transcript))).toEqual([]);
  });
});

describe('a transcript of a bad server breaks a rule that it says it does', () => {
  it.each(bad.filter(({ transcript }) => !(transcript in beyond)))('$transcript', (transcript) => {
    expect(ofServers(transcript.violates)).toEqual(expect.arrayContaining(judged(transcript).slice(0, 1)));
    expect(judged(transcript)).not.toEqual([]);
  });
});

describe('what is said to be beyond a trace', () => {
  it.each(Object.keys(beyond))('%s is', (name) => {
    const transcript = bad.find((one) => one.transcript === name);
    expect(transcript, 'no such transcript of a bad server').toBeDefined();
    const found = transcript ? judged(transcript) : [];
    expect(found.filter((id) => transcript?.violates?.includes(id))).toEqual([]);
  });
});
