import { describe, expect, it } from 'vitest';
import type { ByteRun } from '../../src/network/operators/operator.ts';
import { treeDepth } from '../../src/network/trace/tree-shape.ts';
import { witnessBound } from '../../src/network/trace/witness-bound.ts';
import { Random } from './support/random.ts';

/** The bound as the format defines it, with the runs joined anew for every level. */
function plainBound(runs: readonly ByteRun[], leafCount: number): number {
  const depth = treeDepth(leafCount);
  const touched = (bytes: number, size: number): number =>
    bytes === 1 ? 1 : Math.floor((bytes - 2) / size) + 2;
  const joined = (gap: number): readonly number[] => {
    const ends: [start: number, end: number][] = [];
    for (const { start, size } of runs) {
      const last = ends[ends.length - 1];
      if (last !== undefined && start - last[1] < gap) last[1] = Math.max(last[1], start + size);
      else ends.push([start, start + size]);
    }
    return ends.map(([start, end]) => end - start);
  };
  const nodes = (level: number): number => {
    const size = 128 * 4 ** level;
    const count = joined(size).reduce((total, bytes) => total + touched(bytes, size), 0);
    return Math.min(count, 4 ** (depth - level));
  };
  const apart = runs.reduce((total, { size }) => total + touched(size, 128), 0);
  let bound = 128 * Math.min(apart, nodes(0)) + 128 + 96 * depth;
  for (let level = 0; level < depth; level++) bound += 32 * Math.min(6 * runs.length, 3 * nodes(level + 1));
  return bound;
}

describe('the bound of a witness', () => {
  it('is that of runs joined level by level, whatever their gaps', () => {
    const random = new Random(0xb0d);
    for (let round = 0; round < 500; round++) {
      const runs: ByteRun[] = [];
      let start = 0;
      for (let i = random.int(1, 40); i > 0; i--) {
        const size = random.int(1, random.chance(0.5) ? 8 : 600);
        runs.push({ start, size });
        start += size + (random.chance(0.3) ? 0 : random.int(0, 4 ** random.int(0, 10)));
      }
      const traceLeaves = random.int(1, 4 ** random.int(0, 12));
      const bound = witnessBound([{ source: 0, runs }], { traceLeaves, blobLeaves: 1 });
      expect(bound, `round ${round}`).toBe(plainBound(runs, traceLeaves));
    }
  });
});
