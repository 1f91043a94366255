import { answers } from './answers.ts';
import { connections } from './connections.ts';
import { failures } from './failures.ts';
import { silence } from './silence.ts';

/** In the order of the table. */
export const scenarios = [...answers, ...failures, ...connections, ...silence];
