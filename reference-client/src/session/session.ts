/**
 * The client as a state machine: inputs in, effects out. It opens no socket, sets no timer, reads no clock and
 * draws no random number; whoever holds it does, and tells it the time.
 */
import { decodeServer, type ServerMessage } from '@tokenwire/spec';
import { abandon, closeByCaller, closed, closeDrained, ensureConnection, giveUp, goaway } from './connect.ts';
import { open, opened, wake, welcomed } from './connect.ts';
import { type Connection, type Core, newCore, type SessionOptions, send } from './core.ts';
import { cancelOk, detached, logged, refused, resumed, retry, unreadable } from './deliver.ts';
import type { Effect, Input, SessionState, Timer } from './effects.ts';
import { checkSilence, heard } from './liveness.ts';
import { newStream } from './stream.ts';
import { cancel, flush } from './submit.ts';

export class Session {
  readonly #core: Core;

  constructor(options: SessionOptions) {
    this.#core = newCore(options);
  }

  get state(): SessionState {
    return this.#core.state;
  }

  /**
   * Takes one input and returns what is to be done, in order.
   * @param nowMs a clock that never goes back
   */
  handle(input: Input, nowMs: number): Effect[] {
    const core = this.#core;
    core.nowMs = nowMs;
    dispatch(core, input);
    closeDrained(core);
    const { effects } = core;
    core.effects = [];
    return effects;
  }
}

function dispatch(core: Core, input: Input): void {
  switch (input.kind) {
    case 'connect':
      ensureConnection(core);
      return;
    case 'generate':
      core.streams.set(input.request.id, newStream(input.request));
      work(core);
      return;
    case 'cancel': {
      const stream = core.streams.get(input.id);
      if (!stream) return;
      cancel(core, stream, input.reason);
      work(core);
      return;
    }
    case 'wake':
      wake(core);
      return;
    case 'close':
      closeByCaller(core);
      return;
    case 'timer':
      onTimer(core, input.timer);
      return;
    default: {
      // `heartbeat.client-liveness`: what an abandoned socket still says is for nobody.
      const connection = core.connections.get(input.connection);
      if (connection) onSocket(core, connection, input);
    }
  }
}

/** There is something to send: now, or once there is a connection for it. */
function work(core: Core): void {
  if (core.current) flush(core, core.current);
  else if (core.streams.size > 0) ensureConnection(core);
}

function onSocket(core: Core, connection: Connection, input: Extract<Input, { connection: number }>): void {
  switch (input.kind) {
    case 'opened':
      opened(core, connection, input.protocol, input.auth);
      return;
    case 'message':
      heard(core, connection);
      onText(core, connection, input.text);
      return;
    case 'binary':
      giveUp(core, connection, 4400, 'binary', 'expected a text message, got a binary one');
      return;
    case 'closed':
      closed(core, connection, input.code, input.reason);
      return;
    default:
      input satisfies never;
  }
}

function onText(core: Core, connection: Connection, text: string): void {
  const decoded = decodeServer(text);
  if (decoded.ok) onMessage(core, connection, decoded.message);
  else if (decoded.code === 'malformed') giveUp(core, connection, 4400, 'malformed', decoded.message);
  else if (decoded.code === 'invalid' && decoded.re.id !== undefined) {
    unreadable(core, connection, decoded.re.id, decoded.message);
  } else if (decoded.code === 'unknown_type' && decoded.sequenced) {
    logged(core, connection, decoded.sequenced);
  }
}

function onMessage(core: Core, connection: Connection, message: ServerMessage): void {
  // `handshake.welcome-first`: "The first message of the server on a connection MUST be welcome, …"
  if ((message.type === 'welcome') !== (connection.welcome === undefined)) {
    giveUp(
      core,
      connection,
      4409,
      'welcome',
      `${message.type} came ${connection.welcome ? 'again' : 'before welcome'}`,
    );
    return;
  }
  switch (message.type) {
    case 'welcome':
      welcomed(core, connection, message);
      return;
    case 'start':
    case 'token':
    case 'end':
      logged(core, connection, message);
      return;
    case 'resumed':
      resumed(core, connection, message);
      return;
    case 'cancel_ok':
      cancelOk(core, connection, message);
      return;
    case 'detached':
      detached(core, connection, message);
      return;
    case 'error':
      refused(core, connection, message);
      return;
    case 'goaway':
      goaway(core, connection, message);
      return;
    case 'ping':
      // `heartbeat.client-pong`: "Each ping MUST be answered with one pong with the same t."
      send(core, connection, { type: 'pong', t: message.t });
      return;
    case 'pong':
      return;
    default:
      message satisfies never;
  }
}

function onTimer(core: Core, timer: Timer): void {
  if (timer.kind === 'reconnect') {
    if (core.reconnecting) open(core);
    return;
  }
  if (timer.kind === 'retry') {
    retry(core, timer.id);
    return;
  }
  const connection = core.connections.get(timer.connection);
  if (!connection) return;
  switch (timer.kind) {
    case 'connect':
      abandon(core, connection, 4504, 'no welcome in time');
      return;
    case 'liveness':
      if (checkSilence(core, connection) === 'dead') abandon(core, connection, 4504, 'silent');
      return;
    case 'probe':
      if (connection.probing) abandon(core, connection, 4504, 'no sign of life after waking');
      return;
    default:
      timer satisfies never;
  }
}
