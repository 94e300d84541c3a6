import { requireThat } from '../errors/aivm-error.ts';
import type { VertexHeader } from './vertex.ts';

/** What a vertex's place depends on, of itself and of every parent. */
export type VertexPlace = Pick<VertexHeader, 'height' | 'epoch'>;

const invalid = (condition: boolean, detail: () => string): void =>
  requireThat(condition, 'vertex_invalid', detail);

/** A parent is below its child, of the same epoch or of the one before. @throws AivmError `vertex_invalid`. */
export function checkAboveParent({ height, epoch }: VertexPlace, parent: VertexPlace): void {
  invalid(parent.height < height, () => `height: ${height} over a parent at ${parent.height}`);
  invalid(
    parent.epoch <= epoch && epoch <= parent.epoch + 1,
    () => `epoch: ${epoch} over a parent of epoch ${parent.epoch}`,
  );
}

/**
 * Checks that a vertex stands directly above its parents, which are all of them.
 * @throws AivmError `vertex_invalid`.
 */
export function checkVertexPlace(vertex: VertexPlace, parents: readonly VertexPlace[]): void {
  for (const parent of parents) checkAboveParent(vertex, parent);
  const height = parents.reduce((greatest, parent) => Math.max(greatest, parent.height + 1), 0);
  invalid(vertex.height === height, () => `height: ${vertex.height}, its parents make it ${height}`);
}

/** Whether a vertex of `epoch` can be executed while the chain is in `chainEpoch`: in its own epoch and in the next. */
export const isEpochOpen = (epoch: number, chainEpoch: bigint): boolean =>
  BigInt(epoch) === chainEpoch || BigInt(epoch) + 1n === chainEpoch;
