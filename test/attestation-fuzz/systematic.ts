import type { Sample } from './input.ts';
import { type Part, partsOf } from './parts.ts';

/** Every byte of every part once flipped and once the place of a cut: places in a fixed order. */
export interface Systematic {
  readonly count: number;
  at(index: number): {
    readonly sample: Sample;
    readonly part: Part;
    readonly offset: number;
    readonly isCut: boolean;
  };
}

/** Enumerates the bytes of all accepted samples; a part that several samples share counts once. */
export function enumerateBytes(samples: readonly Sample[]): Systematic {
  const seen = new Set<string>();
  const runs = samples
    .filter(({ facts }) => facts !== undefined)
    .flatMap((sample) => partsOf(sample.input).map((part) => ({ sample, part, size: part.bytes.length })))
    .filter(({ part }) => {
      const key = `${part.path.at(-1)} ${Buffer.from(part.bytes).toString('base64')}`;
      return !seen.has(key) && seen.add(key) !== undefined;
    });
  const ends: number[] = [];
  let bytes = 0;
  for (const { size } of runs) {
    bytes += size;
    ends.push(bytes);
  }
  return {
    count: 2 * bytes,
    at: (index) => {
      const place = Math.floor(index / 2);
      let low = 0;
      for (let high = ends.length - 1; low < high; ) {
        const middle = (low + high) >> 1;
        if ((ends[middle] ?? 0) > place) high = middle;
        else low = middle + 1;
      }
      const { sample, part, size } = runs[low] as (typeof runs)[number];
      return { sample, part, offset: place - ((ends[low] ?? 0) - size), isCut: index % 2 === 1 };
    },
  };
}
