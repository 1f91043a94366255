/** What is asked for: what the model does, which conditions are measured, how many requests. Plain data. */

/** What the model does with a request: G until the first token, then one token each `tokenMs`. */
export interface ModelPlan {
  ttftMs: number;
  tokens: number;
  tokenMs: number;
  /** Tokens in one chunk; 1 by default. */
  batch?: number;
}

/** T: from the receipt of the request to the last token. */
export const totalMs = ({ ttftMs, tokens, tokenMs, batch = 1 }: ModelPlan): number =>
  ttftMs + (Math.ceil(tokens / batch) - 1) * tokenMs;

/** The texts of the tokens: no two alike, so that a token that is lost, doubled or moved cannot hide. */
export function textsOf({ tokens }: ModelPlan): string[] {
  return Array.from({ length: tokens }, (_, index) => ` ${((index + 46) * 31).toString(36)}`);
}

/** What happens to a request while it is answered. */
export type Scenario =
  | { kind: 'answer' }
  /** The user stops it after so long, and asks again at once on the same connection. */
  | { kind: 'cancel'; afterMs: number }
  /** The connection breaks after so long; what follows is what this transport's client does by itself. */
  | { kind: 'cut'; afterMs: number };

/** One condition under which a transport is measured. */
export interface CellPlan {
  id: string;
  transport: string;
  temperature: 'cold' | 'warm';
  tls: boolean;
  network: string;
}

/** One planned request. */
export interface RequestPlan {
  /** Names its script at the model, and its answer in the trace. */
  key: string;
  cell: string;
  /** When it starts, from the beginning of the round. */
  offsetMs: number;
  scenario: Scenario;
}
