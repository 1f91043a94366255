/* The chat page: the reference client as it stands in ../src, and the page around it. */
import { createClient } from '@tokenwire/client';
import { addTurn, messages, saveTurns, scrollDown } from './conversation.js';
import { showFrame } from './frames.js';
import { begin, finish, hear, move, resumption, showState } from './progress.js';

const $ = (id) => document.getElementById(id);
const [plug, toggle, wire, form, prompt, send, stop] = [
  'plug',
  'toggle',
  'wire',
  'form',
  'prompt',
  'send',
  'stop',
].map($);

const tab = crypto.randomUUID();
const client = createClient({
  url: `${location.origin.replace(/^http/, 'ws')}/ws?tab=${tab}`,
  // Long enough to look at a cut wire for a while.
  maxAttempts: 100,
  backoff: { maxMs: 4_000 },
});
let answer;
let bubble;
let cut = false;

client.on('state', (state) => {
  showState(state);
  showWork();
});
client.on('frame', ({ direction, connection, text }) => {
  const message = JSON.parse(text);
  hear(direction, message);
  showFrame(direction, connection, message);
});
showState(client.state);
client.connect();
showFrames(matchMedia('(width >= 64rem)').matches);
focusPrompt();

toggle.addEventListener('click', () => showFrames(wire.hidden));
plug.addEventListener('click', () => void cutWire());
stop.addEventListener('click', () => {
  setStopping(true);
  showWork();
  answer?.cancel('stop button');
});
prompt.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (answer) return;
  const content = prompt.value.trim() || prompt.placeholder;
  prompt.value = '';
  void ask(content);
});

async function ask(content) {
  addTurn({ role: 'user', content });
  const request = { messages: messages() };
  bubble = addTurn({ role: 'assistant', content: '', note: 'interrupted by a reload', bad: true });
  bubble.setBusy(true);
  setBusy(true);
  scrollDown();
  try {
    answer = client.generate(request);
    begin(answer.id);
    showWork();
    for await (const token of answer) bubble.append(token.text, move(token));
    const result = await answer.result;
    finish();
    bubble.end(noteOf(result), false);
  } catch (error) {
    bubble.end(`incomplete: ${error.message} (${error.code ?? error.name})`, true);
  }
  answer = undefined;
  setBusy(false);
  saveTurns();
}

/** What goes on while an answer is under way. */
function showWork() {
  if (!answer) return;
  const connected = client.state.status === 'ready';
  if (stop.ariaDisabled === 'true')
    bubble.setNote(connected ? 'stopping…' : 'no connection; stops when there is one');
  else bubble.setNote(connected ? 'answering…' : 'no connection; the rest will follow');
}

function noteOf({ finishReason, upstream, usage, timing }) {
  const parts = [
    finishReason === 'cancelled' ? `cancelled, model call ${upstream}` : finishReason,
    usage && `${usage.output_tokens} tokens`,
    timing && `first after ${timing.ttft_ms ?? '–'} ms, all after ${timing.total_ms} ms`,
    resumption(),
  ];
  return parts.filter(Boolean).join(' · ');
}

function setBusy(busy) {
  const losesFocus = document.activeElement === (busy ? send : stop);
  send.hidden = busy;
  stop.hidden = !busy;
  setStopping(false);
  if (losesFocus) focusPrompt();
}

/** Not `disabled`: that would take the focus away. */
function setStopping(stopping) {
  stop.ariaDisabled = String(stopping);
}

/** Not on a phone, where it would bring up the keyboard. */
function focusPrompt() {
  if (matchMedia('(pointer: fine)').matches) prompt.focus();
}

function showFrames(shown) {
  wire.hidden = !shown;
  toggle.setAttribute('aria-expanded', String(shown));
}

/** The page cannot drop its own socket without a word: the server of this demo pulls the plug for it. */
async function cutWire() {
  try {
    await fetch(`/${cut ? 'mend' : 'cut'}?tab=${tab}`, { method: 'POST' });
  } catch {
    // The demo itself is gone, and the state says so already.
    return;
  }
  cut = !cut;
  plug.textContent = cut ? 'Restore' : 'Cut wire';
  plug.classList.toggle('cut', cut);
  if (cut) return;
  client.wake();
  client.connect();
}
