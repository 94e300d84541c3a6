/** Numbers that depend on a seed alone, so that a case can be made again from its number. */
export interface Random {
  /** An integer 0…n − 1; 0 for n = 0. */
  below(n: number): number;
  pick<T>(list: readonly T[]): T;
  bytes(size: number): Uint8Array;
}

const mix = (value: number): number => {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

/** The numbers of case `index` under `seed`. */
export function createRandom(seed: number, index: number): Random {
  let state = mix(seed ^ mix(index + 0x9e3779b9));
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    return mix(state);
  };
  const below = (n: number): number => (n <= 0 ? 0 : Math.floor((next() / 2 ** 32) * n));
  return {
    below,
    pick: (list) => {
      if (list.length === 0) throw new RangeError('list: expected at least one');
      return list[below(list.length)] as (typeof list)[number];
    },
    bytes: (size) => Uint8Array.from({ length: size }, () => next() & 0xff),
  };
}
