/* The frames panel: the last messages on the wire, one row each. */
const KEPT = 200;
const SHORT = 160;
const rows = document.querySelector('#frames tbody');
/** Drawn with the next picture, all at once: a replay may bring hundreds. */
let waiting = [];
let scheduled = false;
let shownConnection;

export function showFrame(direction, connection, message) {
  waiting.push({ direction, connection, message });
  if (waiting.length > KEPT) waiting.shift();
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(draw);
}

function draw() {
  scheduled = false;
  rows.append(...waiting.map(rowOf));
  waiting = [];
  while (rows.childElementCount > KEPT) rows.firstElementChild.remove();
}

function rowOf({ direction, connection, message }) {
  const { type, seq, from } = message;
  const row = document.createElement('tr');
  row.className = direction;
  // A line above the first message of each connection.
  row.classList.toggle('first', connection !== shownConnection);
  shownConnection = connection;
  const cells = [direction, type, from < seq ? `${from}–${seq}` : seq, says(message)];
  for (const text of cells) row.insertCell().textContent = text ?? '';
  return row;
}

function says(message) {
  const text = summary(message) ?? '';
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text;
}

function summary(message) {
  switch (message.type) {
    case 'hello':
      // Not `session`: it is the secret of this tab.
      return message.client && `${message.client.name} ${message.client.version}`;
    case 'welcome':
      return `${message.conn} · ${message.levels.join(', ')}`;
    case 'generate':
      return JSON.stringify(message.messages.at(-1).content);
    case 'resume':
      return `after ${message.after}`;
    case 'resumed':
      return `from ${message.from}, head ${message.head}`;
    case 'cancel':
    case 'detached':
    case 'goaway':
      return message.reason;
    case 'cancel_ok':
      return message.state;
    case 'start':
      return message.model;
    case 'token':
      return JSON.stringify(message.text);
    case 'end':
      return `${message.finish_reason} · model call ${message.upstream}`;
    case 'error':
      return `${message.code}: ${message.message}`;
    case 'ping':
    case 'pong':
      return `t ${message.t}`;
    default:
      return JSON.stringify(message);
  }
}
