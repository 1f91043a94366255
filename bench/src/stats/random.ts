/** Chance that a seed decides: the same run can be drawn again. */

/** Evenly distributed in [0, 1), with 32 bits of resolution. */
export type Random = () => number;

/**
 * sfc32 (Chris Doty-Humphrey, PractRand), seeded by FNV-1a over the seed and a label. The label gives every use its own
 * stream: what one cell draws does not depend on which cells were drawn before it.
 */
export function randomFrom(seed: number, label = ''): Random {
  let a = fnv1a(`a ${seed} ${label}`);
  let b = fnv1a(`b ${seed} ${label}`);
  let c = fnv1a(`c ${seed} ${label}`);
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first outputs still resemble the seed.
  for (let round = 0; round < 15; round++) next();
  return next;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash | 0;
}

/** A copy in random order: Fisher–Yates. */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}

/** Time to the next arrival of a Poisson process, in the unit that `rate` counts arrivals per. */
export function exponential(rate: number, random: Random): number {
  return -Math.log1p(-random()) / rate;
}
