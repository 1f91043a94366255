/** What happens when one side says nothing, or does not listen. */
import { randomBytes } from 'node:crypto';
import { done, finish, hang, role, text } from '@tokenwire/mock-llm';
import { type Scenario, show } from '../scenario.ts';
import { PATIENCE_MS } from '../stage.ts';

const silentModel: Scenario = {
  id: 'silent-model',
  title: 'The model thinks for long, and a client is gone without a word',
  rules: ['heartbeat.pings', 'heartbeat.silence-closes'],
  mendedBy: '8',
  patient: true,
  async run(stage) {
    const { silenceMs } = stage.world;
    const listener = await stage.connect('listener');
    const sleeper = await stage.connect('sleeper');
    listener.ask(stage.script('listener', [hang()]));
    sleeper.ask(stage.script('sleeper', [hang()]));
    await stage.until(
      'both calls',
      () => stage.calls('listener').length === 1 && stage.calls('sleeper').length === 1,
    );
    const at = sleeper.cut('silence');
    const noticed = await stage.within(silenceMs, () => stage.calls('sleeper')[0]?.goneAt !== undefined);
    const waited = performance.now() - at;
    const paid = noticed
      ? `the call of the one who was gone was paid for ${show((stage.calls('sleeper')[0]?.goneAt ?? at) - at)} more`
      : `the call of the one who was gone was still open then`;
    const pings = listener.controlPings;
    return {
      judgement: listener.tokens.length > 0 ? 'right' : 'cannot be said',
      seen: `${listener.tokens.length} messages in ${show(waited)}, and ${pings} control frames of uvicorn, which a page cannot see; ${paid}`,
    };
  },
};

const TOKENS = 1_600;
/** 65,536 characters that the socket's compression cannot make small. */
const TOKEN = randomBytes(49_152).toString('base64');

const megabytes = (tokens: number): string => `${((tokens * TOKEN.length) / 1e6).toFixed(0)} MB`;

const stalledReader: Scenario = {
  id: 'stalled-reader',
  title: 'The client stops reading',
  rules: ['flow.reader-holds-nobody'],
  mendedBy: '4',
  async run(stage) {
    const long = Array.from({ length: TOKENS }, () => text(TOKEN));
    const prompt = stage.script('a', [role(), ...long, finish('stop'), done()]);
    const client = await stage.connect('a');
    client.ask(prompt);
    await stage.until('the first token', () => client.tokens.length > 0);
    client.pause();
    const ended = (): boolean => stage.calls('a')[0]?.endedAt !== undefined;
    const written = (): number => stage.calls('a')[0]?.written.length ?? 0;
    let before = written();
    while (!ended() && (await stage.within(PATIENCE_MS, () => ended() || written() > before)))
      before = written();
    return {
      judgement: ended() ? 'right' : 'broken',
      seen: ended()
        ? `the model could say all ${megabytes(TOKENS)}`
        : `after ${megabytes(written())}, which is what the buffers on the way take, the model was held up: not a token was taken from it for ${PATIENCE_MS / 1000} s. An ordinary answer fits into these buffers`,
    };
  },
};

export const silence = [silentModel, stalledReader];
