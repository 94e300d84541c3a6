import { concatBytes } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { type StructValue, struct } from '../../bytes/codec/composites.ts';
import { bytes32, height, text, u64 } from '../../bytes/codec/primitives.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { refuse } from '../refusal.ts';

const DOMAIN = utf8ToBytes('lux-aivm/sw-attest/v1');
const shortText = text(ATTESTATION_LIMITS.softwareTextBytesMax);

/** What a provider claims about a GPU that cannot attest itself, in the order in which it is signed. */
const statementMembers = {
  deviceId: shortText,
  model: shortText,
  gpuSerial: shortText,
  pciId: shortText,
  boardId: shortText,
  gpuPartNumber: shortText,
  computeCapability: shortText,
  driverVersion: shortText,
  cudaVersion: shortText,
  vbiosVersion: shortText,
  benchmarkHash: bytes32,
  benchmarkTimeMs: u64,
  /** Unix seconds. */
  timestamp: height,
} as const;

export type SoftwareStatement = StructValue<typeof statementMembers>;

export const softwareStatementCodec = struct('SoftwareStatement', statementMembers);

const messageCodec = struct('SoftwareAttestation', {
  chainId: u64,
  provider: shortText,
  nonce: bytes32,
  statement: softwareStatementCodec,
});

/** A claim together with whom it is for. */
export type SoftwareMessage = StructValue<{
  readonly chainId: typeof u64;
  readonly provider: typeof shortText;
  readonly nonce: typeof bytes32;
}> & { readonly statement: SoftwareStatement };

/**
 * The bytes that a provider signs: domain ‖ chain id ‖ provider ‖ nonce ‖ fields, each in canonical encoding.
 * Fields outside their type or bound end the verification as `malformed`.
 */
export function softwareMessage(message: SoftwareMessage): Uint8Array {
  try {
    return concatBytes(DOMAIN, serialize(messageCodec, message));
  } catch (error) {
    if (!(error instanceof AivmError)) throw error;
    return refuse(error.code === 'too_large' ? 'too_large' : 'malformed', error.detail);
  }
}
