/** What the tap saw, as times of requests: the truth that the benchmark's own figures are held against. */
import type { ModelPlan } from '../plan.ts';
import { textsOf } from '../plan.ts';
import { ascending, median } from '../stats/quantile.ts';
import type { Transcript } from './tap-process.ts';

/** One answer that passed. Times in ms. */
export interface Witnessed {
  /** From the connection's opening (cold) or the request's bytes (warm) to the first token. */
  cold: number;
  warm: number;
  /** Between tokens. */
  gaps: number[];
}

/** Every answer on these connections. An answer begins with the last bytes of the client before its first token. */
export function witnessed(transcripts: readonly Transcript[], plan: ModelPlan): Witnessed[] {
  const texts = textsOf(plan);
  const first = `"text":"${texts[0]}"`;
  return transcripts.flatMap(({ acceptedAt, passed }) =>
    passed.flatMap((piece, index) => {
      if (piece.up || !piece.text.includes(first)) return [];
      const asked = passed.slice(0, index).findLast(({ up }) => up);
      const times = tokenTimes(passed.slice(index), texts);
      const gaps = times.slice(1).map((at, token) => at - (times[token] as number));
      return [{ cold: piece.at - acceptedAt, warm: piece.at - (asked?.at ?? acceptedAt), gaps }];
    }),
  );
}

/** When each token passed, up to the first that is not found: the next answer begins there. */
function tokenTimes(passed: Transcript['passed'], texts: readonly string[]): number[] {
  const times: number[] = [];
  for (const { up, at, text } of passed) {
    if (up) continue;
    while (times.length < texts.length && text.includes(`"text":"${texts[times.length]}"`)) times.push(at);
    if (times.length === texts.length) break;
  }
  return times;
}

const upgraded = ({ passed }: Transcript): boolean =>
  passed.some(({ up, text }) => !up && text.includes(' 101 '));

/** The connections of one transport: those of a WebSocket begin with an upgrade. */
export function connectionsOf(transport: string, transcripts: readonly Transcript[]): Transcript[] {
  return transcripts.filter((transcript) => upgraded(transcript) === (transport === 'websocket'));
}

/** The longest time in which nothing of an answer passed, behind its first token. Answers must not overlap. */
export function longestSilence(transcripts: readonly Transcript[], plan: ModelPlan): number {
  const first = `"text":"${textsOf(plan)[0]}"`;
  return Math.max(
    0,
    ...transcripts.flatMap(({ passed }) => {
      const down = passed.filter(({ up }) => !up);
      return down.slice(1).map(({ at, text }, index) => {
        // Not the way to a first token, and not what comes when an answer is over, such as the end of the connection.
        const within =
          text.includes('"type":"token"') && !text.includes(first) && !text.includes('"type":"start"');
        return within ? at - (down[index]?.at ?? at) : 0;
      });
    }),
  );
}

export const medianOf = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : median(ascending([...values]));
