import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool, height, u16, u32, u64 } from '../../bytes/codec/primitives.ts';

/** What the protocol remembers of the address behind one or more providers. */
export const operatorCodec = struct('Operator', {
  /** Basis points, 0…10,000. */
  reputation: u16,
  /** The epoch up to which the reputation has recovered. */
  reputationEpoch: u64,
  /** Registrations it holds. */
  registrations: u32,
  /** Whether they serve all models that name no providers, or models by name: of one operator all the same. */
  servesAll: bool,
  /** Once convicted an operator never registers again. */
  convicted: bool,
  /** Least height of the block that its next evidence must answer: each one counts once, and older ones no more. */
  nextAttestationNonce: height,
});

export type Operator = CodecValue<typeof operatorCodec>;

export const REPUTATION_MAX = 10_000;
export const REPUTATION_START = 5_000;

export const NEW_OPERATOR: Operator = {
  reputation: REPUTATION_START,
  reputationEpoch: 0n,
  registrations: 0,
  servesAll: false,
  convicted: false,
  nextAttestationNonce: 0,
};
