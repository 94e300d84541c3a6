/** Numbers that follow from a seed. */
export interface Random {
  /** An integer 0 … below − 1. */
  below(count: number): number;
  pick<T>(list: readonly T[]): T;
}

/** xorshift32: good enough to choose what to change, and the same everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  const below = (count: number): number => next() % count;
  return {
    below,
    pick: (list) => {
      const item = list[below(list.length)];
      if (item === undefined) throw new RangeError('list: expected at least one item');
      return item;
    },
  };
}
