/** The tutorial's claims and the formulas of the network, each against what was measured. */
import type { Claim, Result } from '../../result/schema.ts';
import { chosenTime, signedNumber, time } from '../format.ts';
import { columns, type Section, sectionOf, type Tone, tableOf } from '../model.ts';
import { networkName } from '../names.ts';

const tones: Record<Claim['verdict'], Tone> = {
  confirmed: 'good',
  refuted: 'bad',
  'true only when': 'open',
  'not measured': 'quiet',
};

/** The tutorial's table beside ours. */
export function claimSection({ claims }: Result): Section[] {
  return sectionOf({
    id: 'claims',
    title: 'The tutorial’s table beside ours',
    lead: 'The tutorial names no method, machine or number of samples. Here each of its claims stands beside what was measured.',
    blocks: tableOf({
      prose: true,
      columns: columns(['Claim', 'The tutorial says', 'Measured here', 'Verdict'], []),
      rows: claims.map(({ claim, tutorial_says, measured, verdict, because }) => [
        claim,
        tutorial_says,
        measured,
        { text: verdict, tone: tones[verdict], note: because },
      ]),
    }),
  });
}

/** Predicted against measured. */
export function formulaSection({ formulas }: Result): Section[] {
  const broken = formulas.filter(({ holds }) => !holds).length;
  const outcome = broken === 0 ? 'All of them hold.' : `${broken} of ${formulas.length} do not hold.`;
  return sectionOf({
    id: 'formulas',
    title: 'What the network predicts',
    lead: `R is the round trip, G the model’s time to its first token, T the whole generation, P the poll interval. If a formula holds, the number is explained by round trips and not by the machine. ${outcome}`,
    blocks: tableOf({
      columns: columns(
        ['Path', 'Formula', 'Network', 'Link'],
        ['Predicted', 'Measured', 'Difference', 'Tolerance', 'Holds'],
      ),
      rows: formulas.map((entry) => [
        entry.path,
        entry.formula,
        networkName(entry.network, false),
        entry.link,
        chosenTime(entry.predicted_ms),
        time(entry.measured_ms),
        `${signedNumber(entry.difference_ms, 1)} ms`,
        `± ${chosenTime(entry.tolerance_ms)}`,
        entry.holds ? { text: 'yes', tone: 'good' } : { text: 'no', tone: 'bad' },
      ]),
    }),
  });
}
