/* The head of the page: how the connection is, and how far the current answer has come. */
const [word, detail, newest, cursor, reconnects, resumed] = [
  'status',
  'detail',
  'newest',
  'cursor',
  'reconnects',
  'resumed',
].map((id) => document.getElementById(id));

let welcomes = 0;
let attempts = 0;
let stream = { id: undefined };

/** @param state of the client */
export function showState({ status, conn, retryMs, closeCode, closeReason }) {
  const lost = status === 'waiting' || (status === 'connecting' && welcomes > 0);
  if (status === 'connecting') attempts += 1;
  if (status === 'ready') attempts = 0;
  const why = closeCode === undefined ? '' : `${closeCode} ${closeReason ?? ''}`.trim();
  const words = {
    idle: ['not connected', why],
    connecting: [lost ? 'reconnecting' : 'connecting', `attempt ${attempts}`],
    ready: ['connected', conn],
    waiting: ['reconnecting', `attempt ${attempts + 1} in ${((retryMs ?? 0) / 1_000).toFixed(1)} s`],
    stopped: ['disconnected', why],
    closed: ['closed', ''],
  };
  const [said, more] = words[status];
  document.body.dataset.status = status;
  // A live region: an attempt that fails like the one before is no news.
  if (word.textContent !== said) word.textContent = said;
  detail.textContent = lost && why ? `${more} · lost with ${why}` : more;
}

/** A new stream: nothing applied yet. */
export function begin(id) {
  stream = { id, cursor: 0, newest: 0, end: 0, resumes: 0, after: 0, head: 0 };
  show();
}

/** A frame, before the client deals with it. */
export function hear(direction, message) {
  if (message.type === 'welcome') reconnects.textContent = String(welcomes++);
  if (message.id === undefined || message.id !== stream.id) return;
  if (message.type === 'start') stream.cursor = Math.max(stream.cursor, message.seq);
  if (message.type === 'token') stream.newest = Math.max(stream.newest, message.seq);
  if (message.type === 'end') stream.end = message.seq;
  // Here the client says it itself.
  if (message.type === 'resume') stream.cursor = message.after;
  if (message.type === 'resumed') {
    stream.resumes += 1;
    stream.after = message.from - 1;
    stream.head = message.head;
  }
  show();
}

/** The client applied a token. Returns whether a resume brought it. */
export function move({ from, seq }) {
  stream.cursor = Math.max(stream.cursor, seq);
  show();
  return from <= stream.head;
}

/** The client applied the end. */
export function finish() {
  stream.cursor = Math.max(stream.cursor, stream.end);
  show();
}

export function resumption() {
  return stream.resumes > 0 && `resumed after seq ${stream.after}, ${stream.head - stream.after} replayed`;
}

function show() {
  newest.textContent = stream.newest > 0 ? String(stream.newest) : '–';
  cursor.textContent = String(stream.cursor);
  resumed.textContent = stream.resumes > 0 ? `after ${stream.after}` : '–';
  resumed.classList.toggle('happened', stream.resumes > 0);
}
