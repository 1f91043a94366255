/* The conversation: its turns, kept for a reload, and the bubbles that show them. */
const STORE = 'tokenwire-conversation';
const [list, spoken] = ['conversation', 'spoken'].map((id) => document.getElementById(id));
const main = document.querySelector('main');

/** { role, content, note?, bad? } in their order. */
const turns = JSON.parse(sessionStorage.getItem(STORE) ?? '[]');

/** What the model is told of the conversation. */
export function messages() {
  return turns.filter(({ content }) => content !== '').map(({ role, content }) => ({ role, content }));
}

export function addTurn(turn) {
  turns.push(turn);
  return show(turn);
}

export function saveTurns() {
  sessionStorage.setItem(STORE, JSON.stringify(turns));
}

/** The newest line is where scrolling begins: `main` is laid out from its end, and stays there by itself. */
export function scrollDown() {
  main.scrollTop = 0;
}

function show(turn) {
  return new Bubble(turn);
}

function marked(text) {
  const mark = document.createElement('mark');
  mark.title = 'replayed after a reconnect';
  mark.append(text);
  return mark;
}

class Bubble {
  #turn;
  #item = document.createElement('li');
  #text = document.createElement('span');
  #note = document.createElement('small');

  constructor(turn) {
    this.#turn = turn;
    this.#item.className = `bubble ${turn.role}`;
    this.#text.className = 'text';
    this.#note.className = turn.bad ? 'note bad' : 'note';
    this.#text.textContent = turn.content;
    this.#note.textContent = turn.note ?? '';
    this.#item.append(this.#text, this.#note);
    list.append(this.#item);
  }

  setBusy(busy) {
    this.#item.setAttribute('aria-busy', String(busy));
    this.#note.className = 'note';
  }

  /** Says something about an answer that is under way; a reload would not find it. */
  setNote(note) {
    this.#note.textContent = note;
  }

  /** @param replayed whether this is what a reconnect brought */
  append(text, replayed) {
    this.#turn.content += text;
    this.#text.append(replayed ? marked(text) : text);
  }

  end(note, bad) {
    Object.assign(this.#turn, { note, bad });
    this.setBusy(false);
    this.setNote(note);
    this.#note.classList.toggle('bad', bad);
    // Once and as a whole: a screen reader that follows every token says nothing that can be understood.
    spoken.textContent = `${this.#turn.content} (${note})`;
  }
}

for (const turn of turns) show(turn);
addEventListener('pagehide', saveTurns);
