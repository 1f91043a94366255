export type { Case } from './case.ts';
export { cases } from './cases/index.ts';
export { judge, judgeStreams, type Trace } from './oracle/judge.ts';
export type { TraceEvent, TraceEventOf, WireMessage } from './trace.ts';
export { type Verdict, type Violation, verdicts } from './verdict.ts';
