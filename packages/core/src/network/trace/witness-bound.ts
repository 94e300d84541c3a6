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

/** `runs` with those joined that have a gap below `gap` between them. */
function joinRuns(runs: readonly ByteRun[], gap: number): readonly ByteRun[] {
  const joined: ByteRun[] = [];
  let start = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const run of runs) {
    if (run.start - end >= gap) {
      if (end > start) joined.push({ start, size: end - start });
      start = run.start;
    }
    end = Math.max(end, run.start + run.size);
  }
  if (end > start) joined.push({ start, size: end - start });
  return joined;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Blocks of `size` bytes that `runs` touch at most, each by itself. */
function touchedApart(runs: readonly ByteRun[], size: number): number {
  let total = 0;
  for (const run of runs) total += touched(run.size, size);
  return total;
}

/** The most bytes of leaves and sibling hashes that opening `reads` in a tree of `leafCount` leaves takes. */
function openingBound({ runs, isAligned = false }: UnitReads, leafCount: number): number {
  const depth = treeDepth(leafCount);
  // What one level joins, those above join as well: each goes on from the few runs that the one below it left.
  let joined = runs;
  /** The most nodes of `level` above the runs; asked from the leaves up. */
  const nodes = (level: number): number => {
    const size = ALIGNMENT * 4 ** level;
    joined = joinRuns(joined, size);
    const count = isAligned
      ? sum(joined.map((run) => Math.ceil(run.size / size) + (level > 0 ? 1 : 0)))
      : touchedApart(joined, size);
    return Math.min(count, 4 ** (depth - level));
  };
  const leaves = nodes(0);
  const apart = isAligned ? leaves : touchedApart(runs, ALIGNMENT);
  let bound = ALIGNMENT * Math.min(apart, leaves);
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
