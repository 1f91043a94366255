/** What becomes of the text of an answer. */
import { barrier, done, finish, hang, role, say, text } from '@tokenwire/mock-llm';
import { quote, type Scenario, show } from '../scenario.ts';
import { PATIENCE_MS } from '../stage.ts';

const wholeAnswer: Scenario = {
  id: 'whole-answer',
  title: 'An answer, its bytes split inside of characters',
  rules: ['sequence.first-token-at-once', 'sequence.text-exact'],
  mendedBy: '–',
  async run(stage) {
    const said = ['Grüße', ', 世界 ', '🌍!'];
    const prompt = stage.script('a', [
      role(),
      text('Grüße', [3, 6]),
      barrier('rest'),
      text(', 世界 ', [3, 4, 7]),
      text('🌍!', [1, 2, 3]),
      finish('stop'),
      done(),
    ]);
    const client = await stage.connect('a');
    client.ask(prompt);
    // The model waits at its barrier: nothing of what it says later can have helped this token along.
    await stage.until('the first token', () => client.tokens.length === 1);
    stage.release('a', 'rest');
    await stage.until('the end', () => client.ended);
    const exact = client.text === said.join('');
    return {
      judgement: exact ? 'right' : 'broken',
      seen: `the first token came while the model held back the second; the text is ${exact ? 'exact' : quote(client.text)}`,
    };
  },
};

const printedEnd: Scenario = {
  id: 'printed-end',
  title: 'The model prints `[END]`',
  rules: ['sequence.text-exact', 'end.last'],
  mendedBy: '2',
  async run(stage) {
    const prompt = stage.script(
      'a',
      say(['A stream ends with ', '[END]', ', which is', ' a plain', ' token.']),
    );
    const client = await stage.connect('a');
    client.ask(prompt);
    const ends = (): number => client.tokens.filter((token) => token === '[END]').length;
    await stage.until('the second [END]', () => ends() === 2);
    const shown = client.text.length;
    const [call] = stage.calls('a');
    const all = call?.written.join('').length ?? 0;
    const after = client.tokens.length - 1 - client.tokens.indexOf('[END]');
    return {
      judgement: shown === all ? 'right' : 'broken',
      seen: `the client stops at ${quote(client.text)}: ${shown} of ${all} characters; ${after} messages came after the end, a second \`[END]\` among them`,
    };
  },
};

const splitPair: Scenario = {
  id: 'split-pair',
  title: 'A surrogate pair split across two deltas',
  rules: ['sequence.surrogates', 'end.once'],
  mendedBy: '7',
  patient: true,
  async run(stage) {
    const prompt = stage.script('a', say(['Hello ', '🌍'.slice(0, 1), '🌍'.slice(1), ', good day']));
    const client = await stage.connect('a');
    client.ask(prompt);
    await stage.until('the first token', () => client.tokens.length > 0);
    const ended = await stage.within(PATIENCE_MS, () => client.ended);
    if (ended && client.text === 'Hello 🌍, good day') {
      return { judgement: 'right', seen: 'both halves came and were rejoined' };
    }
    return { judgement: 'broken', seen: stuckAt(client.text, ended) };
  },
};

const lineSeparator: Scenario = {
  id: 'line-separator',
  title: 'The model prints U+2028, a line separator',
  rules: ['sequence.text-exact', 'end.once'],
  mendedBy: '7',
  patient: true,
  async run(stage) {
    const prompt = stage.script('a', say(['One line', '\u2028', 'another line']));
    const client = await stage.connect('a');
    client.ask(prompt);
    await stage.until('the first token', () => client.tokens.length > 0);
    const ended = await stage.within(PATIENCE_MS, () => client.ended);
    if (ended && client.text === 'One line\u2028another line') {
      return { judgement: 'right', seen: 'the text is exact' };
    }
    return { judgement: 'broken', seen: stuckAt(client.text, ended) };
  },
};

const lateTokens: Scenario = {
  id: 'late-tokens',
  title: 'A second prompt while a token of the first answer is on its way',
  rules: ['sequence.text-exact'],
  mendedBy: '2',
  async run(stage) {
    const first = stage.script('a', [role(), text('The cat '), barrier('more'), text('sat '), hang()]);
    const second = stage.script('b', say(['It ', 'rains.']));
    const client = await stage.connect('a');
    client.ask(first);
    await stage.until('the first token', () => client.tokens.length === 1);
    client.pause();
    stage.release('a', 'more');
    await stage.until('the second token', () => stage.calls('a')[0]?.written.length === 2);
    // Whole answers to somebody else: the server has handed on that token before it gets to the next prompt.
    const other = await stage.connect('other');
    const fence = stage.script('fence', say(['.', '.', '.']));
    for (let answers = 0; answers < 2; answers++) {
      other.ask(fence);
      await stage.until('an answer for somebody else', () => other.ended);
    }
    client.ask(second);
    client.read();
    await stage.until('the end', () => client.ended);
    const clean = client.text === 'It rains.';
    return {
      judgement: clean ? 'right' : 'broken',
      seen: `the second answer reads ${quote(client.text)}; the model said "It rains."`,
    };
  },
};

const secondPrompt: Scenario = {
  id: 'second-prompt',
  title: 'A second prompt as the way to cancel',
  rules: ['cancel.reaches-model'],
  mendedBy: '–',
  async run(stage) {
    const first = stage.script('a', [role(), text('The cat '), hang()]);
    const silent = stage.script('b', [hang()]);
    const third = stage.script('c', say(['It rains.']));
    const client = await stage.connect('a');
    client.ask(first);
    await stage.until('the first token', () => client.tokens.length === 1);
    const middle = -client.ask(silent) + (await stage.gone('a'));
    await stage.until('the second call', () => stage.calls('b').length === 1);
    const early = -client.ask(third) + (await stage.gone('b'));
    await stage.until('the end', () => client.ended);
    const inTime = Math.max(middle, early) <= 500 && client.text === 'It rains.';
    return {
      judgement: inTime ? 'right' : 'broken',
      seen: `the call was closed ${show(middle)} after the prompt in mid-answer, ${show(early)} before the first token (500 ms are allowed)`,
    };
  },
};

function stuckAt(text: string, ended: boolean): string {
  if (ended) return `the client reads ${quote(text)}`;
  return `${quote(text)}, then nothing for ${PATIENCE_MS / 1000} s: no end, no error`;
}

export const answers = [wholeAnswer, secondPrompt, lateTokens, printedEnd, splitPair, lineSeparator];
