import { serialize } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bytes32, text, u8 } from '../../bytes/codec/primitives.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { signDigest } from '../../crypto/secp256k1.ts';
import { LIMITS } from '../../state/limits.ts';

/** What the key inside an attested environment vouches for: this answer to this attempt, on this chain. */
export interface SessionResult {
  /** 32 bytes, of the chain. */
  readonly genesisHash: Uint8Array;
  readonly taskId: string;
  /** As the task's record counts it, from 1. */
  readonly attempt: number;
  /** Named hash 'Output' of the output. */
  readonly outputHash: Uint8Array;
}

const sessionResultCodec = struct('SessionResult', {
  genesisHash: bytes32,
  taskId: text(LIMITS.idBytesMax),
  attempt: u8,
  outputHash: bytes32,
});

/** The 32 bytes that a session key signs. */
export const hashSessionResult = (result: SessionResult): Uint8Array =>
  namedHash('SessionResult', serialize(sessionResultCodec, { ...result }));

/**
 * The `sessionSignature` of a submitResult: 65 bytes.
 * @param sessionKey 32-byte secret whose address is in the provider's attestation
 * @example
 * const outputHash = namedHash('Output', output);
 * const sessionSignature = signSessionResult({ genesisHash, taskId, attempt, outputHash }, sessionKey);
 */
export const signSessionResult = (result: SessionResult, sessionKey: Uint8Array): Uint8Array =>
  signDigest(hashSessionResult(result), sessionKey);
