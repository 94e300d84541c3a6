import { concatBytes, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import type { Signer } from '@aivm/sdk';
import { type Identity, signBytes } from './identity.ts';
import type { SharedWork } from './shared-work.ts';

/** The key of an identity as the sdk's sender uses one. It signs without entropy, so that a seed gives the same bytes. */
export const signerOf = (identity: Identity, { parse }: Pick<SharedWork, 'parse'>): Signer => ({
  addressBytes: identity.address,
  sign: (tx) => parse(signBytes(tx, identity)),
  deriveSecret: (label) => keccak256(concatBytes(identity.key, utf8ToBytes(`secret/${label}`))),
});
