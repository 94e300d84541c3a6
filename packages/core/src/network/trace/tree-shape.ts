import { ALIGNMENT } from '../model/weight-row.ts';

/** Bytes of a leaf. */
export const LEAF_SIZE: number = ALIGNMENT;
/** Children of a node. */
export const ARITY = 4;

/** Leaves of `byteLength` bytes, the last one filled up with zeros; no bytes are one leaf of zeros. */
export const leafCountOf = (byteLength: number): number => Math.max(1, Math.ceil(byteLength / LEAF_SIZE));

/** Nodes of `level` above `leafCount` leaves; level 0 are the leaves. */
export const levelWidth = (leafCount: number, level: number): number => Math.ceil(leafCount / ARITY ** level);

/** Levels above the leaves: 0 for one leaf. */
export function treeDepth(leafCount: number): number {
  let depth = 0;
  for (let width = leafCount; width > 1; width = Math.ceil(width / ARITY)) depth++;
  return depth;
}
