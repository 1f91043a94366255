/** What becomes of an answer, and of the paid call, when its connection does not do well. */
import { barrier, hang, role, say, text } from '@tokenwire/mock-llm';
import { quote, type Scenario, show } from '../scenario.ts';
import { PATIENCE_MS } from '../stage.ts';

const closed: Scenario = {
  id: 'closed',
  title: 'The client closes its socket',
  rules: ['end.disconnect-cancels'],
  mendedBy: '–',
  async run(stage) {
    const silent = stage.script('a', [hang()]);
    const talking = stage.script('b', [role(), text('Once '), hang()]);
    const first = await stage.connect('a');
    const second = await stage.connect('b');
    first.ask(silent);
    second.ask(talking);
    await stage.until('the calls', () => stage.calls('a').length === 1 && second.tokens.length === 1);
    const early = -first.cut('close') + (await stage.gone('a'));
    const middle = -second.cut('close') + (await stage.gone('b'));
    return {
      judgement: Math.max(early, middle) <= 500 ? 'right' : 'broken',
      seen: `the call was closed ${show(early)} after that before the first token, ${show(middle)} in mid-answer (500 ms are allowed)`,
    };
  },
};

const reconnected: Scenario = {
  id: 'reconnected',
  title: 'The connection breaks in mid-answer, and the client reconnects',
  rules: ['end.disconnect-continues', 'generate.attaches'],
  mendedBy: '2, 3, 4, 5',
  async run(stage) {
    const prompt = stage.script(
      'a',
      say(['The cat ', 'sat on ', 'the mat.'], { gate: true }),
      say(['A dog ', 'lay on ', 'the rug.']),
    );
    const client = await stage.connect('a');
    client.ask(prompt);
    stage.release('a', '0');
    stage.release('a', '1');
    await stage.until('two tokens', () => client.tokens.length === 2);
    const goneAfter = -client.cut('reset') + (await stage.gone('a'));
    const again = await stage.reconnect(client, 'again');
    await stage.until('the end', () => again.ended);
    const calls = stage.calls('a').filter(({ accepted }) => accepted).length;
    return {
      judgement: calls === 1 ? 'right' : 'cannot be said',
      seen: `${calls} paid calls; who had read ${quote(client.text)} now reads ${quote(again.text)}, since the model was asked again; the first call was closed ${show(goneAfter)} after the break`,
    };
  },
};

const zombie: Scenario = {
  id: 'zombie',
  title: 'The old socket dies after the client has reconnected',
  rules: ['resume.zombie'],
  mendedBy: '1, 4, 5',
  patient: true,
  async run(stage) {
    const answer = [role(), text('The cat '), barrier('rest'), text('sat '), text('down.')];
    const prompt = stage.script('a', answer);
    const client = await stage.connect('a');
    client.ask(prompt);
    await stage.until('the first token', () => client.tokens.length === 1);
    client.cut('silence');
    const again = await stage.reconnect(client, 'again');
    await stage.until('the first token again', () => again.tokens.length > 0);
    const late = client.cut('reset');
    const killed = await stage.within(PATIENCE_MS, () => stage.calls('a')[1]?.goneAt !== undefined);
    const took = show((stage.calls('a')[1]?.goneAt ?? 0) - late);
    stage.release('a', 'rest');
    const ended = await stage.within(PATIENCE_MS, () => again.ended);
    return {
      judgement: killed || !ended ? 'broken' : 'right',
      seen: ended
        ? 'the new answer went on to its end'
        : `${took} after the old socket ended, the call of the new one was closed: ${quote(again.text)}, then nothing for ${PATIENCE_MS / 1000} s`,
    };
  },
};

const unknownMessage: Scenario = {
  id: 'unknown-message',
  title: 'A message the server does not know: `{"type":"cancel"}`',
  rules: ['framing.unknown-type', 'cancel.reaches-model'],
  mendedBy: '6, 7',
  patient: true,
  async run(stage) {
    const prompt = stage.script('a', [role(), text('Once '), barrier('more'), text('upon '), hang()]);
    const client = await stage.connect('a');
    client.ask(prompt);
    await stage.until('the first token', () => client.tokens.length === 1);
    const at = client.say({ type: 'cancel' });
    const gone = (): boolean => stage.calls('a')[0]?.goneAt !== undefined;
    await stage.within(PATIENCE_MS, () => client.closeCode !== undefined);
    const stopped = await stage.within(PATIENCE_MS, gone);
    const took = show((stage.calls('a')[0]?.goneAt ?? performance.now()) - at);
    stage.release('a', 'more');
    const then = (await stage.within(PATIENCE_MS, gone))
      ? 'until its next token'
      : 'behind its next token too';
    const answer =
      client.closeCode === undefined
        ? 'it was not answered'
        : `the server failed, and the connection broke (${client.closeCode})`;
    const call = stopped ? `closed after ${took}` : `still open after ${took}, ${then}`;
    return {
      judgement: client.closeCode === undefined && stopped ? 'right' : 'broken',
      seen: `${answer}; the call of the model was ${call}`,
    };
  },
};

export const connections = [closed, reconnected, zombie, unknownMessage];
