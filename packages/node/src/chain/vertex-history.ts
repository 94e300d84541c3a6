import { checkVertexPlace, type StatelessBlock, type VertexPlace } from '@aivm/core/block';
import { bytesToHex, equalBytes, parse } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { storeKeys } from '../store/columns.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import { vertexEntryCodec } from '../store/records.ts';
import type { ProcessingBlocks } from './processing-blocks.ts';

/**
 * The place of a vertex that `tip` or a block below it executed, or undefined. Below the processing blocks the store
 * knows; what it holds above the accepted height is not accepted yet, or awaits its replay.
 */
export function executedVertex(
  id: Uint8Array,
  tip: Uint8Array,
  chain: {
    readonly store: Pick<KeyValueStore, 'get'>;
    readonly processing: ProcessingBlocks;
    readonly acceptedHeight: number;
  },
): VertexPlace | undefined {
  const { store, processing, acceptedHeight } = chain;
  for (let at = processing.get(tip); at !== undefined; at = processing.get(at.block.header.parentId)) {
    const vertex = at.block.vertices.find((one) => equalBytes(one.id, id));
    if (vertex !== undefined) return vertex;
  }
  const value = store.get(storeKeys.vertexEntry(id));
  const entry = value && parse(vertexEntryCodec, value);
  return entry !== undefined && entry.blockHeight <= acceptedHeight ? entry : undefined;
}

/**
 * Checks what only the chain's history tells of a block's vertices: each is executed for the first time, and after all
 * of its parents. `executed` answers for the blocks below.
 * @throws AivmError `block_invalid`.
 */
export function checkVertexHistory(
  { vertices }: StatelessBlock,
  executed: (id: Uint8Array) => VertexPlace | undefined,
): void {
  const before = new Map<string, VertexPlace>();
  for (const vertex of vertices) {
    const name = bytesToHex(vertex.id);
    const refuse = (detail: string, cause?: unknown): never => {
      throw new AivmError('block_invalid', `vertex ${name}: ${detail}`, { cause });
    };
    if (executed(vertex.id) !== undefined) refuse('an earlier block executed it');
    const parents = vertex.parents.map(
      (id) =>
        before.get(bytesToHex(id)) ?? executed(id) ?? refuse(`its parent ${bytesToHex(id)} is not executed`),
    );
    try {
      checkVertexPlace(vertex, parents);
    } catch (cause) {
      refuse(cause instanceof Error ? cause.message : String(cause), cause);
    }
    before.set(name, vertex);
  }
}
