import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { StateReader } from '@aivm/core/state';
import { type Client, verifyStateFact } from '@aivm/sdk';
import type { AgreedHeads } from './agreed-heads.ts';

/** One key of the state as a header commits to it. */
export interface ProvenValue<T> {
  readonly value: T;
  readonly height: number;
  readonly chainId: bigint;
}

/** Reads of the state that believe nothing but a proof against an agreed header. */
export interface ProvenState {
  /**
   * What `read` makes of the state that holds only `key`.
   * @throws AivmError `malformed` where the proof does not hold; otherwise as `AgreedHeads.accept`
   */
  read<T>(key: Uint8Array, read: (state: StateReader) => T): Promise<ProvenValue<T>>;
}

/** Reads over the state proofs of one node. */
export const createProvenState = (client: Client, heads: AgreedHeads): ProvenState => ({
  read: async (key, read) => {
    const file = await client.getStateProof(key);
    const verdict = verifyStateFact(file);
    if (!verdict.isValid) throw new AivmError('malformed', `${client.url}: state proof: ${verdict.detail}`);
    if (!equalBytes(verdict.key, key)) {
      throw new AivmError('malformed', `${client.url}: state proof: of another key than was asked for`);
    }
    await heads.accept(verdict.header, verdict.blockId);
    const { height, chainId } = verdict.header;
    const state: StateReader = { get: (one) => (equalBytes(one, key) ? verdict.value : undefined) };
    return { value: read(state), height, chainId };
  },
});
