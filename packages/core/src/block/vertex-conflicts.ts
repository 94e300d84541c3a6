import { equalBytes } from '../bytes/bytes.ts';
import { bytesToHex } from '../bytes/hex.ts';
import type { StatelessVertex } from './vertex.ts';

/** How to find a vertex by its id; undefined for one that is not known (any more). */
export type VertexLookup = (id: Uint8Array) => StatelessVertex | undefined;

/**
 * Whether a way over parents leads from `descendant` down to `ancestor`. Goes through every known vertex between their
 * heights at most once.
 */
export function isVertexAncestor(
  ancestor: StatelessVertex,
  descendant: StatelessVertex,
  find: VertexLookup,
): boolean {
  const seen = new Set<string>();
  const open = [descendant];
  for (let vertex = open.pop(); vertex !== undefined; vertex = open.pop()) {
    for (const id of vertex.parents) {
      if (equalBytes(id, ancestor.id)) return true;
      const key = bytesToHex(id);
      if (seen.has(key)) continue;
      seen.add(key);
      const parent = find(id);
      if (parent !== undefined && parent.height > ancestor.height) open.push(parent);
    }
  }
  return false;
}

/** Whether both carry transactions about one task. */
function sharesJob(left: StatelessVertex, right: StatelessVertex): boolean {
  const ids = new Set(left.jobIds);
  return right.jobIds.some((id) => ids.has(id));
}

/**
 * Whether only one of two vertices can be accepted: they share a job and neither comes after the other. A vertex does
 * not conflict with itself.
 */
export function verticesConflict(left: StatelessVertex, right: StatelessVertex, find: VertexLookup): boolean {
  if (equalBytes(left.id, right.id) || !sharesJob(left, right)) return false;
  const [low, high] = left.height < right.height ? [left, right] : [right, left];
  return !isVertexAncestor(low, high, find);
}

/**
 * Finds conflicts among vertices that come in the order in which a block names them. Whatever lies between two of them
 * must come too, as it does in a block: a vertex is executed after its ancestors.
 */
export class ConflictFinder {
  readonly #places = new Map<string, number>();
  /** By place: the places of all ancestors, as bits. */
  readonly #ancestors: bigint[] = [];
  readonly #lastByJob = new Map<string, number>();

  /** A job that `vertex` and an earlier one fight over, or undefined. */
  find(vertex: StatelessVertex): string | undefined {
    const ancestors = this.#ancestorsOf(vertex);
    // A vertex after the last one with a job is after all earlier ones too.
    return vertex.jobIds.find((job) => {
      const last = this.#lastByJob.get(job);
      return last !== undefined && (ancestors & (1n << BigInt(last))) === 0n;
    });
  }

  add(vertex: StatelessVertex): void {
    const place = this.#ancestors.length;
    this.#ancestors.push(this.#ancestorsOf(vertex));
    this.#places.set(bytesToHex(vertex.id), place);
    for (const job of vertex.jobIds) this.#lastByJob.set(job, place);
  }

  #ancestorsOf({ parents }: StatelessVertex): bigint {
    let mask = 0n;
    for (const id of parents) {
      const place = this.#places.get(bytesToHex(id));
      if (place !== undefined) mask |= (1n << BigInt(place)) | (this.#ancestors[place] ?? 0n);
    }
    return mask;
  }
}
