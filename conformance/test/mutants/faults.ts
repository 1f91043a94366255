/** The ways to break a rule that several mutants share. */
import type { Fault, Link, Message, StreamNotes } from './mutant.ts';

type When = (message: Message, link: Link) => boolean;
type Fields = Message | ((message: Message, link: Link) => Message);

const always: When = () => true;

/** Messages of this type become others. */
export const on =
  (type: string, change: Fault): Fault =>
  (message, link) =>
    message['type'] === type ? change(message, link) : [message];

export const drop = (type: string, when: When = always): Fault =>
  on(type, (message, link) => (when(message, link) ? [] : [message]));

export const twice = (type: string): Fault => on(type, (message) => [message, message]);

/** Sets fields; a field set to undefined is left out. */
export const set = (type: string, fields: Fields, when: When = always): Fault =>
  on(type, (message, link) =>
    when(message, link)
      ? [{ ...message, ...(typeof fields === 'function' ? fields(message, link) : fields) }]
      : [message],
  );

export const late = (type: string, ms: number, when: When = always): Fault =>
  on(type, (message, link) => {
    if (!when(message, link)) return [message];
    setTimeout(() => link.toClient(message), ms);
    return [];
  });

/** Closes the client's connection instead of saying this. */
export const close = (type: string, code: number, when: When = always): Fault =>
  on(type, (message, link) => {
    if (!when(message, link)) return [message];
    link.end(code);
    return [];
  });

/** Answers a request in the server's place. */
export const answer = (type: string, reply: (message: Message) => Message, when: When = always): Fault =>
  on(type, (message, link) => {
    if (!when(message, link)) return [message];
    link.toClient(reply(message));
    return [];
  });

export const refusal = (code: string): ((message: Message) => Message) => {
  return ({ type, id }) => ({ type: 'error', code, message: code, retryable: false, re: { type, id } });
};

/** The text of tokens becomes another, and `end` counts what was sent. */
export const texts =
  (change: (text: string) => string): Fault =>
  (message, link) => {
    const { type, id } = message;
    const count = link.notes.get(String(id)) ?? 0;
    if (type === 'start') link.notes.set(String(id), 0);
    if (type === 'end') return [{ ...message, utf8_bytes: count }];
    if (type !== 'token') return [message];
    const text = change(String(message['text']));
    link.notes.set(String(id), count + Buffer.byteLength(text));
    return [{ ...message, text }];
  };

/** Keeps what a stream says back until `until` comes; then `join` makes of it what is sent. */
export function holdBack(
  types: readonly string[],
  until: readonly string[],
  join: (held: Message[], last: Message) => Message[] = (held, last) => [...held, last],
): Fault {
  const held = new Map<unknown, Message[]>();
  return (message) => {
    const { id } = message;
    const type = String(message['type']);
    const own = held.get(id) ?? [];
    if (own.length > 0 && until.includes(type)) {
      held.delete(id);
      const sent = join(own, message);
      if (!types.includes(type)) return sent;
      held.set(id, [message]);
      return sent.slice(0, -1);
    }
    if (!types.includes(type)) return [message];
    held.set(id, [...own, message]);
    return [];
  };
}

/** All tokens of a stream in one message, right before its end. */
export const inOneToken = (fields: (held: Message[]) => Message): Fault =>
  holdBack(['token'], ['end'], (held, end) => {
    const text = held.map((message) => String(message['text'])).join('');
    return [{ ...held.at(-1), text, ...fields(held) }, end];
  });

/** Everything behind `resumed` on that connection. */
export const afterResumed = (fault: Fault): Fault => {
  return (message, link) => {
    const name = `resumed ${String(message['id'])}`;
    if (message['type'] === 'resumed') link.notes.set(name, Number(message['head']));
    else if (link.notes.has(name)) return fault(message, link);
    return [message];
  };
};

/** The stream that a message is about, when it was generated before. */
export function streamOf({ id }: Message, { streams }: Link): StreamNotes | undefined {
  return streams.get(String(id));
}

/** Is this `generate` not the first one of its id? */
export const isRepeated: When = (message, link) => (streamOf(message, link)?.generates ?? 0) > 1;

/** Calls the model for a stream as if this had not happened yet, and hands the message on when the model answers. */
export const callAgain = (
  type: string,
  when: When = always,
  handOn: (message: Message, link: Link) => void = (message, link) => link.toServer(message),
): Fault =>
  on(type, (message, link) => {
    const stream = streamOf(message, link);
    if (!stream || !when(message, link)) return [message];
    void link.callModel(stream.generate['messages']).then(() => handOn(message, link));
    return [];
  });

/** Cancels other streams behind the client's back. */
export function cancelSilently(link: Link, id: string): void {
  link.notes.set(`cancelled ${id}`, 1);
  link.toServer({ type: 'cancel', id });
}

/** The answers to those cancels, which nobody asked for. */
export const withoutSilentAnswers: Fault = drop('cancel_ok', ({ id }, { notes }) =>
  notes.has(`cancelled ${String(id)}`),
);

/** Cancels a stream behind the client's back, and only then hands the message on. */
export function cancelFirst(type: string, which: (message: Message, link: Link) => unknown): Fault {
  const held = new Map<unknown, Message>();
  return (message, link) => {
    if (message['type'] === 'cancel_ok') return [held.get(message['id']) ?? message];
    if (message['type'] !== type) return [message];
    const id = which(message, link);
    held.set(id, message);
    link.toServer({ type: 'cancel', id });
    return [];
  };
}

/** What the `re` of an error names. */
export const re = ({ re: named }: Message): Message => (named ?? {}) as Message;

export const hasCode =
  (code: string, type?: string): When =>
  (message) =>
    message['code'] === code && (type === undefined || re(message)['type'] === type);

/** The credentials of TOKENWIRE_AUTH_TOKENS, in their order: the token, and whether it expires. */
export function tokens(): { token: string; principal: string; expires: boolean }[] {
  const entries = (process.env['TOKENWIRE_AUTH_TOKENS'] ?? '').split(',');
  return entries.map((entry) => {
    const [token = '', principal = ''] = entry.split('=');
    return { token, principal: principal.replace(/@.*/, ''), expires: principal.includes('@') };
  });
}

/** The server names this epoch, wherever it names one. */
export const withEpoch =
  (epoch: string): Fault =>
  (message) => ['epoch' in message ? { ...message, epoch } : message];

/** `hello` with another token, where `swap` knows one. */
export const withToken = (swap: (token: unknown) => string | undefined): Fault =>
  on('hello', (message) => {
    const auth = message['auth'] as Message | undefined;
    const token = auth && swap(auth['token']);
    return [token === undefined ? message : { ...message, auth: { ...auth, token } }];
  });
