export type { Case } from './case.ts';
export { cases } from './cases/index.ts';
export { judge, type Trace } from './oracle/judge.ts';
export type { TraceEvent, WireMessage } from './trace.ts';
export { type Verdict, type Violation, verdicts } from './verdict.ts';
