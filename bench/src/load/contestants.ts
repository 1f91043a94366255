import { peers } from '../peers/index.ts';
import type { Contestant } from './contestant.ts';
import { tokenwire } from './tokenwire.ts';

/** All servers that can be put under load, in the order of every table. */
export const contestants: readonly Contestant[] = [
  ...peers.filter(({ name }) => name === 'floor'),
  tokenwire,
  ...peers.filter(({ name }) => name !== 'floor'),
];

/** Throws when there is none of that name. */
export function contestantOf(name: string): Contestant {
  const found = contestants.find((one) => one.name === name);
  if (found) return found;
  throw new Error(`there is no server "${name}"; known: ${contestants.map((one) => one.name).join(', ')}`);
}
