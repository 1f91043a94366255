/* The chat page: the reference client as it stands in ../src, and the DOM around it. */
import { createClient } from '@tokenwire/client';

const $ = (id) => document.getElementById(id);
const [statusLine, plug, conversation, form, prompt, send, stop, position, frames, main] = [
  'status',
  'plug',
  'conversation',
  'form',
  'prompt',
  'send',
  'stop',
  'position',
  'frames',
]
  .map($)
  .concat(document.querySelector('main'));

const FRAMES_KEPT = 200;
const STORE = 'tokenwire-conversation';

const tab = crypto.randomUUID();
const client = createClient({
  url: `${location.origin.replace(/^http/, 'ws')}/ws?tab=${tab}`,
  // Long enough to look at a cut wire for a while.
  maxAttempts: 100,
  backoff: { maxMs: 4_000 },
});

/** { role, content, note?, bad? } in the order of the conversation. */
const turns = JSON.parse(sessionStorage.getItem(STORE) ?? '[]');
let answer;

client.on('state', showState);
client.on('frame', showFrame);
for (const turn of turns) show(turn);
showState(client.state);
client.connect();
prompt.focus();

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const content = prompt.value.trim() || prompt.placeholder;
  if (answer) return;
  prompt.value = '';
  void ask(content);
});

prompt.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

stop.addEventListener('click', () => answer?.cancel('stop button'));

plug.addEventListener('click', () => {
  const cut = plug.getAttribute('aria-pressed') !== 'true';
  plug.setAttribute('aria-pressed', String(cut));
  plug.textContent = cut ? 'Restore' : 'Cut connection';
  void cutWire(cut);
});

/** The page cannot drop its own socket without a word: the server of this demo pulls the plug for it. */
async function cutWire(cut) {
  await fetch(`/${cut ? 'cut' : 'mend'}?tab=${tab}`, { method: 'POST' });
  if (cut) return;
  client.wake();
  client.connect();
}

async function ask(content) {
  add({ role: 'user', content });
  const messages = turns
    .filter((turn) => turn.content !== '')
    .map(({ role, content }) => ({ role, content }));
  const turn = { role: 'assistant', content: '', note: 'interrupted by a reload', bad: true };
  const bubble = add(turn);
  setBusy(bubble, true);
  try {
    answer = client.generate({ messages });
    for await (const token of answer) {
      turn.content += token.text;
      bubble.text.append(token.text);
      position.textContent = `seq ${token.seq}`;
      scrollDown();
      save();
    }
    Object.assign(turn, noteOf(await answer.result));
  } catch (error) {
    Object.assign(turn, { note: `incomplete: ${error.message} (${error.code ?? error.name})`, bad: true });
  }
  answer = undefined;
  setBusy(bubble, false);
  showNote(bubble, turn);
  save();
}

function noteOf({ finishReason, upstream, usage, timing }) {
  const reason = finishReason === 'cancelled' ? `stopped, model call: ${upstream}` : finishReason;
  const tokens = usage && `${usage.output_tokens} tokens`;
  const times = timing && `first after ${timing.ttft_ms ?? '–'} ms, all after ${timing.total_ms} ms`;
  return { note: [reason, tokens, times].filter(Boolean).join(' · '), bad: false };
}

function add(turn) {
  turns.push(turn);
  save();
  return show(turn);
}

function show(turn) {
  const item = document.createElement('li');
  const text = document.createElement('span');
  const note = document.createElement('small');
  item.className = `bubble ${turn.role}`;
  text.className = 'text';
  text.textContent = turn.content;
  item.append(text, note);
  conversation.append(item);
  const bubble = { item, text, note };
  showNote(bubble, turn);
  scrollDown();
  return bubble;
}

function showNote({ note }, turn) {
  note.className = turn.bad ? 'note bad' : 'note';
  note.textContent = turn.note ?? '';
}

function setBusy({ item, note }, busy) {
  item.setAttribute('aria-busy', String(busy));
  if (busy) note.textContent = '';
  send.hidden = busy;
  stop.hidden = !busy;
  if (!busy) prompt.focus();
}

function save() {
  sessionStorage.setItem(STORE, JSON.stringify(turns));
}

function scrollDown() {
  main.scrollTop = main.scrollHeight;
}

function showState({ status, retryMs, closeCode, closeReason }) {
  const why = closeCode === undefined ? '' : ` (${closeCode}${closeReason ? `, ${closeReason}` : ''})`;
  const words = {
    idle: 'not connected',
    connecting: 'connecting…',
    ready: 'connected',
    waiting: `disconnected${why}, next try in ${((retryMs ?? 0) / 1_000).toFixed(1)} s`,
    stopped: `disconnected${why}`,
    closed: 'closed',
  };
  statusLine.dataset.status = status;
  statusLine.textContent = words[status];
}

function showFrame({ direction, connection, text }) {
  const message = JSON.parse(text);
  // `hello` carries the secret of this tab.
  if (message.type === 'hello') message.session = '…';
  if (message.id) message.id = `${message.id.slice(0, 4)}…`;
  const follow = frames.scrollTop + frames.clientHeight >= frames.scrollHeight - 8;
  const line = document.createElement('li');
  line.textContent = `#${connection} ${direction === 'in' ? '←' : '→'} ${JSON.stringify(message)}`;
  frames.append(line);
  while (frames.childElementCount > FRAMES_KEPT) frames.firstElementChild.remove();
  if (follow) frames.scrollTop = frames.scrollHeight;
}
