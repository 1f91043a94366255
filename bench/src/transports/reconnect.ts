/** How long a client waits after a cut before it tries again: full jitter below 250 ms, doubling, as our client does. */
import { setTimeout } from 'node:timers/promises';

const FIRST_MS = 250;
const MOST_MS = 15_000;

export async function reconnectWait(attempt: number): Promise<void> {
  await setTimeout(Math.random() * Math.min(MOST_MS, FIRST_MS * 2 ** attempt));
}
