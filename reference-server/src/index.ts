export { type Authenticate, bearerTokens, type Credentials, type Verdict } from './auth.ts';
export { type Cancel, type Clock, systemClock } from './clock.ts';
export { defaultHeartbeat, defaultLimits, type HeartbeatTimes, type Limits } from './limits.ts';
export { type LogKey, type LogStore, MemoryLogStore, type StreamLog } from './log.ts';
export type { LogEvent } from './log-event.ts';
export type {
  ModelAdapter,
  ModelCall,
  ModelEnd,
  ModelRequest,
  ModelSink,
  RequestRefusal,
} from './model.ts';
export { openAiModel, type OpenAiModelOptions } from './openai-model.ts';
export { createServer, type DrainOptions, type ServerOptions, type TokenwireServer } from './server.ts';
