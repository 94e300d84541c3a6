import { concatBytes } from '../bytes/bytes.ts';
import { serialize } from '../bytes/codec/codec.ts';
import { struct } from '../bytes/codec/composites.ts';
import { address, bytes, bytes32, text, u8, u64 } from '../bytes/codec/primitives.ts';
import { utf8ToBytes } from '../bytes/utf8.ts';
import { keccak256 } from '../crypto/keccak.ts';
import { type AttestationKind, KIND_NUMBER } from './kinds.ts';

const DEVICE_ID_BYTES_MAX = 512;
const SESSION_KEY_BYTES_MAX = 128;

const nonceCodec = struct('AttestationNonce', { chainId: u64, operator: address, blockId: bytes32 });
const bindingCodec = struct('AttestationBinding', {
  chainId: u64,
  operator: address,
  nonce: bytes32,
  kind: u8,
  sessionKey: bytes(SESSION_KEY_BYTES_MAX),
});
const replayCodec = struct('AttestationReplay', {
  kind: u8,
  deviceId: text(DEVICE_ID_BYTES_MAX),
  nonce: bytes32,
});

const hashUnder = (name: string, encoded: Uint8Array): Uint8Array =>
  keccak256(concatBytes(utf8ToBytes(`aivm/v1/${name}\0`), encoded));

export interface AttestationNonceParameters {
  readonly chainId: bigint;
  /** 20 bytes. */
  readonly operator: Uint8Array;
  /** Id of a recent block, 32 bytes: the nonce exists only once the block does, and ages with it. */
  readonly blockId: Uint8Array;
}

/** The nonce that an operator's evidence must be made for: 32 bytes. */
export const attestationNonce = (parameters: AttestationNonceParameters): Uint8Array =>
  hashUnder('AttestationNonce', serialize(nonceCodec, { ...parameters }));

export interface AttestationBindingParameters {
  readonly chainId: bigint;
  readonly operator: Uint8Array;
  /** As {@link attestationNonce} makes it. */
  readonly nonce: Uint8Array;
  readonly kind: AttestationKind;
  /** Public key that lives inside the attested environment; at most 128 bytes. */
  readonly sessionKey: Uint8Array;
}

/**
 * What evidence carries: the first 32 bytes of the report data, or the nonce of the SPDM request. It ties the
 * hardware to one operator, one chain, one moment and one key inside.
 */
export const attestationBinding = ({ kind, ...rest }: AttestationBindingParameters): Uint8Array =>
  hashUnder('AttestationBinding', serialize(bindingCodec, { ...rest, kind: KIND_NUMBER[kind] }));

export interface ReplayKeyParameters {
  readonly kind: AttestationKind;
  readonly deviceId: string | undefined;
  /** 32 bytes out of the signed report. */
  readonly nonce: Uint8Array;
}

/**
 * The key under which evidence counts once: (kind, device, nonce). Never a hash of the evidence itself, because a
 * signature stays valid with s replaced by n − s, and padding behind a quote is not signed.
 */
export const replayKeyOf = ({ kind, deviceId = '', nonce }: ReplayKeyParameters): Uint8Array =>
  hashUnder('AttestationReplay', serialize(replayCodec, { kind: KIND_NUMBER[kind], deviceId, nonce }));
