/** A process for tests: it answers, fails or dies as it is told. */
import { serveParent } from '../../src/processes/child.ts';

export const pupilMethods = {
  twice: (value: number): number => value * 2,
  later: async (map: Map<string, number>): Promise<Map<string, number>> => {
    await Promise.resolve();
    return new Map([...map].toReversed());
  },
  fail: (): never => {
    throw new TypeError('told to fail');
  },
  refuse: async (): Promise<never> => {
    await Promise.resolve();
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what others throw is not known
    throw 'just a word';
  },
  never: (): Promise<never> => new Promise(() => {}),
  die: (code: number): void => process.exit(code),
};
export type PupilMethods = typeof pupilMethods;
serveParent(pupilMethods);
