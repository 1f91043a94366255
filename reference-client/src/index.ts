export type { Answer, Result } from './answer.ts';
export {
  type Client,
  type ClientEvents,
  type ClientOptions,
  createClient,
  type Frame,
} from './client.ts';
export { type Clock, systemClock } from './clock.ts';
export {
  ConnectionError,
  IncompleteError,
  OutcomeUnknownError,
  ProtocolError,
  RefusedError,
  StreamFailedError,
  TokenwireError,
} from './errors.ts';
export type { GenerateRequest } from './request.ts';
export type { BackoffOptions } from './session/backoff.ts';
export type { Credentials, SessionState, Token } from './session/effects.ts';
export type { SocketConstructor, SocketLike } from './socket.ts';
