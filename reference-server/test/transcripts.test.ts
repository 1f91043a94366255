/** Plays the transcripts of the spec: their clients and models are given, the server has to say its part. */
import { expect, test } from 'vitest';
import { goodTranscripts, Play, readTranscript } from './support/transcript.ts';

/** What this player cannot act out, and where it is tested instead. */
const elsewhere: Record<string, string> = {
  'not-offered': 'the upgrade: handshake.test.ts',
  'too-large': 'done by ws: server.test.ts',
  'credentials-expired': 'this server closes at once: connection.test.ts',
  'producer-lost': 'needs a cluster',
  'resume-gap': 'this log is never trimmed',
  'slow-reader': 'this server merges and does not detach',
  'rate-limited': 'this server stops reading instead',
  'no-progress': 'a stalled socket: connection.test.ts',
  unknown: 'this server has no types of its own',
  'drain-client': 'about the client',
};

test.each(goodTranscripts().filter((name) => !(name in elsewhere)))(
  'plays the server of %s',
  async (name) => {
    const { said, wanted } = await new Play(readTranscript(name)).run();
    expect(said).toEqual(wanted);
  },
);
