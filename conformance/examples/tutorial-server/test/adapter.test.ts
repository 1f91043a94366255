import { judge } from '@tokenwire/conformance';
import { type EntryOf, type JournalEntry, say, type Script } from '@tokenwire/mock-llm';
import { describe, expect, it } from 'vitest';
import { adapt, type DialectEvent, notSayable, violationsOf } from '../adapter.ts';

const key = 'greeting';
const prompt = { messages: [{ role: 'user', content: `Hello [[script:${key}]]` }], model: 'mock-1' };

/** Events with a clock that ticks once for each. */
class Events {
  readonly list: DialectEvent[] = [];
  #at = 0;

  connect(conn: string, connectionId: string = conn): this {
    return this.#add({ at: this.#at, kind: 'connected', conn, connectionId });
  }

  ask(conn: string): this {
    return this.#add({ at: this.#at, kind: 'sent', conn, raw: JSON.stringify(prompt) });
  }

  tokens(conn: string, ...contents: string[]): this {
    for (const content of contents) {
      this.#add({ at: this.#at, kind: 'received', conn, raw: JSON.stringify({ type: 'token', content }) });
    }
    return this;
  }

  raw(conn: string, raw: string): this {
    return this.#add({ at: this.#at, kind: 'received', conn, raw });
  }

  close(conn: string): this {
    return this.#add({ at: this.#at, kind: 'closed', conn, code: 1006, by: 'client' });
  }

  /** The model gets a request and says all this. */
  call(call: number, texts: readonly string[], how: EntryOf<'ended'>['how'] = 'done'): this {
    const name = { call, key };
    this.#model({ ...name, kind: 'received', messages: [], stream: true, params: {}, headers: {}, atMs: 0 });
    this.#model({ ...name, kind: 'accepted', atMs: 0 });
    for (const [index, text] of texts.entries()) {
      this.#model({ ...name, kind: 'written', index, text, channel: 'text', atMs: 0 });
    }
    return this.#model({ ...name, kind: 'ended', how, atMs: 0 });
  }

  #model(entry: JournalEntry): this {
    return this.#add({ at: this.#at, kind: 'model', entry: { ...entry, atMs: this.#at } });
  }

  #add(event: DialectEvent): this {
    this.list.push(event);
    this.#at += 1;
    return this;
  }
}

function broken(events: Events, ...scripts: Script[]): string[] {
  return violationsOf(events.list, new Map([[key, scripts]])).map(({ requirement }) => requirement);
}

const whole = (conn = 'a'): Events =>
  new Events().connect(conn).ask(conn).call(1, ['Hel', 'lo']).tokens(conn, 'Hel', 'lo', '[END]');

describe('an answer in the dialect', () => {
  it('is a stream of Tokenwire', () => {
    const { events } = adapt(whole().list, new Map([[key, [say(['Hel', 'lo'])]]]));
    const received = events.flatMap((event) => (event.kind === 'received' ? [event.message] : []));
    expect(received.map((message) => [message?.['type'], message?.['seq']])).toEqual([
      ['welcome', undefined],
      ['start', 1],
      ['token', 2],
      ['token', 3],
      ['end', 4],
    ]);
  });

  it('breaks no rule when it is whole', () => {
    expect(broken(whole(), say(['Hel', 'lo']))).toEqual([]);
  });

  it('breaks no rule when its connection is lost', () => {
    const lost = new Events().connect('a').ask('a').call(1, ['Hel', 'lo']).tokens('a', 'Hel').close('a');
    expect(broken(lost, say(['Hel', 'lo']))).toEqual([]);
  });

  it('is judged by its text', () => {
    const short = new Events().connect('a').ask('a').call(1, ['Hel', 'lo']).tokens('a', 'Hel', '[END]');
    expect(broken(short, say(['Hel', 'lo']))).toEqual(['sequence.text-exact']);
  });

  it('goes on behind an [END] that the model printed', () => {
    const said = ['an ', '[END]', ' token'];
    const events = new Events()
      .connect('a')
      .ask('a')
      .call(1, said)
      .tokens('a', ...said, '[END]');
    expect(broken(events, say(said))).toEqual(['end.last', 'end.once']);
  });

  it('claims a normal end with [END], whatever happened', () => {
    const cut = new Events().connect('a').ask('a').call(1, ['Hel'], 'eof').tokens('a', 'Hel', '[END]');
    expect(broken(cut, [{ kind: 'text', text: 'Hel' }])).toEqual(['end.eof']);
  });
});

describe('what the dialect cannot say', () => {
  it('is not counted: one ending for all finish reasons', () => {
    const scripts = new Map([[key, [say(['Hel', 'lo'], { finish: 'length' })]]]);
    const all = judge(adapt(whole().list, scripts)).map(({ requirement }) => requirement);
    expect(all).toEqual(['end.finish-reason']);
    expect(violationsOf(whole().list, scripts)).toEqual([]);
  });

  it('is not counted: no word that a stream goes on elsewhere', () => {
    const moved = new Events()
      .connect('a', 'tab')
      .ask('a')
      .call(1, ['Hel', 'lo'])
      .tokens('a', 'Hel')
      .connect('b', 'tab')
      .tokens('b', 'lo', '[END]');
    const trace = adapt(moved.list, new Map([[key, [say(['Hel', 'lo'])]]]));
    const ids = trace.events.flatMap((event) => (event.kind === 'received' ? [event.message?.['id']] : []));
    expect(new Set(ids.filter((id) => id !== undefined)).size).toBe(1);
    expect(broken(moved, say(['Hel', 'lo']))).toEqual([]);
  });

  it('has its reason written down', () => {
    expect(Object.values(notSayable).every((reason) => reason.length > 0)).toBe(true);
  });
});

describe('several prompts', () => {
  it('with the same words are two streams with a call each', () => {
    const again = whole()
      .close('a')
      .connect('b', 'a')
      .ask('b')
      .call(2, ['Good day'])
      .tokens('b', 'Good day', '[END]');
    expect(broken(again, say(['Hel', 'lo']), say(['Good day']))).toEqual([]);
  });

  it('show a call that nobody asked for', () => {
    expect(broken(whole().call(2, ['Hel', 'lo']), say(['Hel', 'lo']))).toContain('generate.no-blind-retry');
  });

  it('cancel the answer before', () => {
    const events = new Events().connect('a').ask('a').call(1, ['Hel']).tokens('a', 'Hel').ask('a');
    const { events: trace } = adapt(events.list, new Map([[key, [say(['Hel'])]]]));
    const sent = trace.flatMap((event) => (event.kind === 'sent' ? [event.message?.['type']] : []));
    expect(sent).toEqual(['generate', 'cancel', 'generate']);
  });

  it('get the tokens that come behind them, also those of the answer before', () => {
    const late = new Events()
      .connect('a')
      .ask('a')
      .call(1, ['Hel', 'lo'])
      .tokens('a', 'Hel')
      .ask('a')
      .tokens('a', 'lo')
      .call(2, ['Rain.'])
      .tokens('a', 'Rain.', '[END]');
    expect(broken(late, say(['Hel', 'lo']), say(['Rain.']))).toEqual(['sequence.text-exact']);
  });
});

it('hands on what is no message of the dialect as it is', () => {
  expect(broken(whole().raw('a', 'hello?'), say(['Hel', 'lo']))).toEqual(['framing.server-messages']);
});
