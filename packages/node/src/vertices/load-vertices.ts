import { parseVertex, type StatelessVertex } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Transaction } from '@aivm/core/tx';
import { columnPrefix } from '../store/columns.ts';
import { type KeyValueStore, prefixRange } from '../store/key-value-store.ts';

/**
 * The accepted vertices that a store holds.
 * @throws AivmError `data_dir_corrupt` when one is damaged.
 */
export async function loadVertices(
  store: KeyValueStore,
  parseTransaction: (bytes: Uint8Array) => Transaction,
): Promise<readonly StatelessVertex[]> {
  const vertices: StatelessVertex[] = [];
  const prefix = columnPrefix('vertex');
  for await (const [key, bytes] of store.iterate(prefixRange(prefix))) {
    const id = key.subarray(prefix.length);
    try {
      const vertex = parseVertex(bytes, parseTransaction);
      if (!equalBytes(vertex.id, id)) throw new Error('the bytes have another id');
      vertices.push(vertex);
    } catch (cause) {
      throw new AivmError('data_dir_corrupt', `vertex ${bytesToHex(id)}: ${String(cause)}`, { cause });
    }
  }
  return vertices;
}
