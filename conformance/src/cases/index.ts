/** Every case, in the order of PROTOCOL.md. */
import type { Case } from '../case.ts';
import { authCases } from './auth.ts';
import { cancelCases } from './cancel.ts';
import { clusterCases } from './cluster.ts';
import { drainCases } from './drain.ts';
import { endCases } from './end.ts';
import { flowCases } from './flow.ts';
import { framingCases } from './framing.ts';
import { generateCases } from './generate.ts';
import { handshakeCases } from './handshake.ts';
import { heartbeatCases } from './heartbeat.ts';
import { resumeCases } from './resume.ts';
import { sequenceCases } from './sequence.ts';

export const cases: readonly Case[] = [
  ...handshakeCases,
  ...authCases,
  ...framingCases,
  ...generateCases,
  ...sequenceCases,
  ...resumeCases,
  ...cancelCases,
  ...endCases,
  ...heartbeatCases,
  ...flowCases,
  ...drainCases,
  ...clusterCases,
];
