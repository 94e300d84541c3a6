import { ALIGNMENT } from '../model/weight-row.ts';
import type { ByteRun, UnitReads } from '../operators/operator.ts';
import { treeDepth } from './tree-shape.ts';

/** Bytes of one hash in a witness. */
const HASH_SIZE = 32;
/** Siblings of one node. */
const SIBLINGS = 3;

/** Blocks of `size` bytes that a run of `bytes` bytes touches at most, wherever it begins. */
const touched = (bytes: number, size: number): number =>
  bytes === 1 ? 1 : Math.floor((bytes - 2) / size) + 2;

/** The lengths of `runs` when those with a gap below `gap` are joined. */
function joinedLengths(runs: readonly ByteRun[], gap: number): readonly number[] {
  const lengths: number[] = [];
  let start = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const run of runs) {
    if (run.start - end < gap && lengths.length > 0) lengths.pop();
    else start = run.start;
    end = Math.max(end, run.start + run.size);
    lengths.push(end - start);
  }
  return lengths;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The most bytes of leaves and sibling hashes that opening `reads` in a tree of `leafCount` leaves takes. */
function openingBound({ runs, isAligned = false }: UnitReads, leafCount: number): number {
  const depth = treeDepth(leafCount);
  /** The most nodes of `level` above the runs. */
  const nodes = (level: number): number => {
    const size = ALIGNMENT * 4 ** level;
    const joined = joinedLengths(runs, size);
    const count = isAligned
      ? sum(joined.map((bytes) => Math.ceil(bytes / size) + (level > 0 ? 1 : 0)))
      : sum(joined.map((bytes) => touched(bytes, size)));
    return Math.min(count, 4 ** (depth - level));
  };
  const apart = isAligned ? nodes(0) : sum(runs.map(({ size }) => touched(size, ALIGNMENT)));
  let bound = ALIGNMENT * Math.min(apart, nodes(0));
  for (let level = 0; level < depth; level++)
    bound += HASH_SIZE * Math.min(2 * SIBLINGS * runs.length, SIBLINGS * nodes(level + 1));
  return bound;
}

/**
 * The most bytes that a witness of a unit takes: the leaves that the unit reads and the pointed one, with the sibling
 * hashes of both trees. Part of consensus: a header with a larger one is refused.
 *
 * @param reads what the unit with the most reads takes; those of the task's input are in the state and left out
 */
export function witnessBound(
  reads: readonly UnitReads[],
  { traceLeaves, blobLeaves }: { readonly traceLeaves: number; readonly blobLeaves: number },
): number {
  const opened = reads.map((read) => openingBound(read, read.source === 'blob' ? blobLeaves : traceLeaves));
  return sum(opened) + ALIGNMENT + SIBLINGS * HASH_SIZE * treeDepth(traceLeaves);
}
