import type { StatelessVertex } from '../../block/vertex.ts';
import { ConflictFinder } from '../../block/vertex-conflicts.ts';
import { BLOCK_VERTICES_MAX, compareVertices } from '../../block/vertex-order.ts';
import { checkAboveParent, isEpochOpen } from '../../block/vertex-place.ts';
import { equalBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { readChain } from '../../state/read.ts';
import type { BlockContext } from '../context/block-context.ts';
import type { BlockRoom } from '../context/block-room.ts';
import { isRejection } from '../context/rejection.ts';

/** Checks, one after the other, the vertices of a block in the order in which it names them. */
class VertexPlaces {
  readonly #genesisHash: Uint8Array;
  readonly #epoch: bigint;
  readonly #before = new Map<string, StatelessVertex>();
  readonly #conflicts = new ConflictFinder();

  constructor({ state }: BlockContext) {
    const { genesisHash, epoch } = readChain(state);
    this.#genesisHash = genesisHash;
    this.#epoch = epoch;
  }

  /**
   * Checks that the block can execute a vertex after those that were added: of this chain, in time, above its parents,
   * and not in conflict. Parents that are not in the block are of earlier blocks, which the host knows.
   * @throws AivmError `vertex_invalid`.
   */
  check(vertex: StatelessVertex): void {
    const invalid = (condition: boolean, detail: () => string): void =>
      requireThat(condition, 'vertex_invalid', () => `vertex ${bytesToHex(vertex.id)}: ${detail()}`);
    invalid(
      equalBytes(vertex.genesisHash, this.#genesisHash),
      () => `made for another chain (${vertex.chainId})`,
    );
    invalid(
      isEpochOpen(vertex.epoch, this.#epoch),
      () => `of epoch ${vertex.epoch}, the chain is in ${this.#epoch}`,
    );
    for (const id of vertex.parents) {
      const parent = this.#before.get(bytesToHex(id));
      if (parent !== undefined) checkAboveParent(vertex, parent);
    }
    const job = this.#conflicts.find(vertex);
    invalid(job === undefined, () => `another one that it does not come after is about job "${job}"`);
  }

  add(vertex: StatelessVertex): void {
    this.#before.set(bytesToHex(vertex.id), vertex);
    this.#conflicts.add(vertex);
  }
}

/** Checks the vertices of a block, which stand in order. @throws AivmError `vertex_invalid`. */
export function checkVertices(context: BlockContext, vertices: readonly StatelessVertex[]): void {
  const places = new VertexPlaces(context);
  for (const vertex of vertices) {
    places.check(vertex);
    places.add(vertex);
  }
}

/**
 * Of the vertices on offer, each once, in any order, those that a block can execute: what has its place and fits,
 * ancestors first. A vertex stays behind with a parent that is on offer too, or is one of the `idle` ones.
 */
export function selectVertices(
  context: BlockContext,
  room: BlockRoom,
  offered: readonly StatelessVertex[],
  idle: readonly StatelessVertex[] = [],
): readonly StatelessVertex[] {
  const selected: StatelessVertex[] = [];
  const behind = new Set([...offered, ...idle].map(({ id }) => bytesToHex(id)));
  const places = new VertexPlaces(context);
  for (const vertex of [...offered].sort(compareVertices)) {
    if (selected.length >= BLOCK_VERTICES_MAX) break;
    if (vertex.parents.some((id) => behind.has(bytesToHex(id)))) continue;
    try {
      places.check(vertex);
    } catch (error) {
      if (!isRejection(error)) throw error;
      continue;
    }
    if (!room.takeVertex(vertex, context.height)) continue;
    places.add(vertex);
    behind.delete(bytesToHex(vertex.id));
    selected.push(vertex);
  }
  return selected;
}
