import type { NodeApi } from '../../src/local/node-api.ts';

/** What a transaction of the tests is signed for: the node's chain, at this nonce, for ever. */
export const placeOf = (
  { chainId, genesisHash }: Pick<NodeApi, 'chainId' | 'genesisHash'>,
  nonce: bigint,
) => ({
  chainId,
  genesisHash,
  nonce,
  expiry: 0n,
});
