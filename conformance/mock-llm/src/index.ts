export type { Channel } from './chat-event.ts';
export type { ChatMessage } from './chat-request.ts';
export type { Journal, JournalPattern, JournalPredicate, UntilOptions } from './journal.ts';
export type { EntryOf, JournalEntry, JournalKind, Phase } from './journal-entry.ts';
export { type MockModel, type MockModelOptions, startMockModel } from './mock-model.ts';
export {
  barrier,
  defaultReply,
  delay,
  done,
  finish,
  hang,
  refuse,
  role,
  type SayOptions,
  say,
  text,
} from './say.ts';
export { ScriptedModel, type ScriptedModelOptions } from './scripted-model.ts';
export { type DecodedScript, decodeScript, type Script, type Step, type Usage } from './step.ts';
export type { Delay } from './wait.ts';
