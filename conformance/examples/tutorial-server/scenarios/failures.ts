/** What the client hears when the model does not do well. */
import { done, finish, refuse, role, say, text, type Script } from '@tokenwire/mock-llm';
import { type Judgement, quote, type Scenario, show } from '../scenario.ts';
import { PATIENCE_MS } from '../stage.ts';
import type { TutorialClient } from '../tutorial-client.ts';

const noFinish: Scenario = {
  id: 'no-finish',
  title: 'The answer breaks off, or ends by `length`',
  rules: ['end.eof', 'end.finish-reason'],
  mendedBy: '2, 7',
  async run(stage) {
    const broken: Script = [role(), text('Take two of the'), { kind: 'eof' }];
    const prompts = [
      stage.script('eof', broken),
      stage.script('length', say(['Take two of the'], { finish: 'length' })),
      stage.script('stop', say(['Take two of the'])),
    ];
    const client = await stage.connect('a');
    const answers: string[] = [];
    for (const prompt of prompts) {
      client.ask(prompt);
      await stage.until('the end', () => client.ended);
      answers.push(JSON.stringify(client.tokens));
    }
    const same = new Set(answers).size === 1;
    return {
      judgement: same ? 'broken' : 'right',
      seen: same
        ? 'broken off, cut by `length` and whole: the same messages each time, `[END]` last'
        : `three answers: ${answers.join(' · ')}`,
    };
  },
};

const refused: Scenario = {
  id: 'model-refuses',
  title: 'The model answers with HTTP 500',
  rules: ['end.model-refuses'],
  mendedBy: '7',
  async run(stage) {
    const prompt = stage.script('a', [refuse(500)]);
    const client = await stage.connect('a');
    const at = client.ask(prompt);
    const ended = await stage.within(PATIENCE_MS, () => client.ended);
    const took = show(performance.now() - at);
    return {
      judgement: heard(client, ended),
      seen: ended
        ? `an empty answer and \`[END]\` after ${took}, as if the model had nothing to say`
        : `nothing for ${PATIENCE_MS / 1000} s, no end, no error`,
    };
  },
};

const unreadable: Scenario = {
  id: 'unreadable-chunk',
  title: 'A chunk of the model is not JSON',
  rules: ['end.model-breaks', 'end.once'],
  mendedBy: '7',
  patient: true,
  async run(stage) {
    const prompt = stage.script('a', [
      role(),
      text('So far '),
      { kind: 'malformed' },
      text('so good'),
      finish('stop'),
      done(),
    ]);
    const client = await stage.connect('a');
    client.ask(prompt);
    await stage.until('the first token', () => client.tokens.length > 0);
    const ended = await stage.within(PATIENCE_MS, () => client.ended);
    const open = client.closeCode === undefined ? ', on a socket that stays open' : '';
    return {
      judgement: heard(client, ended),
      seen: ended
        ? `the client reads ${quote(client.text)} and a normal end`
        : `${quote(client.text)}, then nothing for ${PATIENCE_MS / 1000} s: no end, no error${open}`,
    };
  },
};

/** A socket that closes is no word for a failure, but the client learns that there was one. */
function heard({ closeCode }: TutorialClient, ended: boolean): Judgement {
  return !ended && closeCode !== undefined ? 'cannot be said' : 'broken';
}

export const failures = [noFinish, refused, unreadable];
