/** What follows from cells that were joined from several runs. */
import type { Result } from '../result/schema.ts';
import { claimsOf } from './claims.ts';
import { formulasOf } from './formulas.ts';

/** As after a run; G and T are those of the plan, as the model's own journals are gone. */
export function conclude(merged: Result): Pick<Result, 'formulas' | 'claims'> {
  const { cells, networks, model, poll_interval_ms: pollMs } = merged;
  if (model === null) return { formulas: [], claims: [] };
  const times = { ttft: model.ttft_ms, total: model.total_ms };
  return { formulas: formulasOf(cells, networks, () => times, pollMs), claims: claimsOf(merged) };
}
