import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { address, bool, bytes, bytes32, text, u8, u32, u64, u128 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';

/** How a result of a model can be judged. */
export const CheckClass = {
  /** Only by agreement between providers, or not at all. */
  opaque: 0,
  /** Kernel 5 re-computes it in the block that carries the challenge. */
  int8Kernel: 1,
  /** A game about the trace of its network leads to one element, which the chain computes. */
  int8Graph: 2,
} as const;
export type CheckClass = (typeof CheckClass)[keyof typeof CheckClass];

export const modelCodec = struct('ModelRecord', {
  id: text(LIMITS.idBytesMax),
  name: text(LIMITS.nameBytesMax),
  type: text(LIMITS.nameBytesMax),
  capabilities: list(text(LIMITS.nameBytesMax), LIMITS.capabilitiesMax),
  contextSize: u32,
  /** Parameter count as people write it, e.g. "1.5B". */
  parameters: text(LIMITS.decimalBytesMax),
  checkClass: u8,
  /** Set by the owner of an opaque model: equal inputs give equal output bytes. */
  deterministic: bool,
  owner: address,
  modelRoot: bytes32,
  weightHash: bytes32,
  licenseRoot: bytes32,
  version: u64,
  /** Position in the list of all models. */
  index: u32,
  /** A model of the genesis block is served by every provider that names no models. */
  genesis: bool,
  deposit: u128,
});

export type ModelRecord = CodecValue<typeof modelCodec>;

/** How often the owner changed a model in one epoch. */
export const modelUpdatesCodec = struct('ModelUpdates', { epoch: u64, count: u32 });

/** Parameter bytes by their hash, kept while a model or an open task refers to them. */
export const weightsCodec = struct('Weights', { references: u32, parameters: bytes(LIMITS.weightBytesMax) });

export type WeightsRecord = CodecValue<typeof weightsCodec>;
