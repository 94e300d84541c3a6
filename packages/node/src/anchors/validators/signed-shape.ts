import type { ValidatorSignatures } from '@aivm/sdk';
import type { SignedByValidators } from './anchor-signatures.ts';
import { type SigningSet, toValidatorSet } from './signing-state.ts';
import { hashValidatorSet } from './validator-set.ts';

/** A set for people. */
export const setToShape = (set: SigningSet): ValidatorSignatures['set'] => ({
  number: set.number,
  hash: hashValidatorSet(toValidatorSet(set)),
  validators: set.members.map(({ consensus, key, power }) => ({ consensus_address: consensus, key, power })),
});

/** Signatures for people. */
export function signedToShape({ set, digest, signatures }: SignedByValidators): ValidatorSignatures {
  const powerOf = (isCounted: (place: number) => boolean): bigint =>
    set.members.reduce((sum, { power }, place) => (isCounted(place) ? sum + power : sum), 0n);
  return {
    set: setToShape(set),
    digest,
    signatures: [...signatures],
    signed_power: powerOf((place) => (signatures[place]?.length ?? 0) > 0),
    total_power: powerOf(() => true),
  };
}
