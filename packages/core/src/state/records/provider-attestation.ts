import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { address, bool, bytes, bytes32, height, text, u8, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';

/** A processor and at most eight GPUs. */
const ATTESTED_DEVICES_MAX = 9;
/** Authorities behind one attestation: device chains, manifests and documents together name fewer than this. */
export const ATTESTATION_AUTHORITIES_MAX = 32;
const MEASUREMENT_BYTES_MAX = 64;
const ATTESTING_KEY_BYTES = 48;

/**
 * What is known of an authority's revocation lists: under which slot the chain keeps the newest one, and when the one
 * that was looked at was issued (Unix seconds; 0 where the chain held none).
 */
const authorityMarkCodec = struct('AuthorityMark', { slot: bytes32, thisUpdate: height });

/**
 * Evidence that was verified in a block, as long as it counts. Read it through `liveAttestation`: the record itself
 * outlives its validity until the provider attests again.
 */
export const providerAttestationCodec = struct('ProviderAttestation', {
  /** The provider that it is for; it may register later. */
  provider: text(LIMITS.idBytesMax),
  /** The account to which the evidence is bound. */
  operator: address,
  /** Number of the kind (KIND_NUMBER); of the processor where processor and GPUs vouch together. */
  kind: u8,
  /** 0…100. */
  score: u8,
  /** Whether a vendor's key vouches, and not only the operator's own. */
  hardware: bool,
  /** Whether a processor vouches for a measurement that the chain's policy lists. */
  cpuTee: bool,
  /** Address of a key inside the attested environment; zero = none. */
  sessionKey: address,
  /** Block time, Unix seconds; both ends count. */
  validFrom: height,
  validUntil: height,
  /** Keys of the devices that have an identity: {@link readAttestedDevice} says who holds one. */
  devices: list(bytes32, ATTESTED_DEVICES_MAX),
  /** Chip of the attested GPUs as their certificate names it, such as "GH100"; empty = none. */
  gpuModel: text(LIMITS.decimalBytesMax),
  /** As the evidence says it, 32 or 48 bytes. */
  measurement: bytes(MEASUREMENT_BYTES_MAX),
  /** First coordinate of the key that signed, with zeros behind it. */
  attestingKey: bytes(ATTESTING_KEY_BYTES),
  /** The revocation lists that it was held against, of every authority behind it. */
  authorities: list(authorityMarkCodec, ATTESTATION_AUTHORITIES_MAX),
  /** The block whose id the evidence answers, and the block that verified it. */
  nonceHeight: height,
  attestedAtHeight: height,
  /** Digest of the signed reports: the key of the kernels' table. */
  quoteDigest: bytes32,
  /** Number of its kernel operation plus 1, which was queued in the epoch `queuedEpoch`; 0 = none was. */
  queuedEpoch: u64,
  queuedPlace: height,
});

export type ProviderAttestation = CodecValue<typeof providerAttestationCodec>;

/** Who holds an attested device, and until when (block time, inclusive). */
export const attestedDeviceCodec = struct('AttestedDevice', {
  operator: address,
  provider: text(LIMITS.idBytesMax),
  until: height,
});

export type AttestedDevice = CodecValue<typeof attestedDeviceCodec>;
