import { ATTESTATION_LIMITS } from '../../attestation/limits.ts';
import { list } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, text, u8, u16 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';

/** Id of a task, a model or a provider. */
export const id = text(LIMITS.idBytesMax);
/**
 * What a seat's commitment and reveal are about: the task's attempt, the task's panel by its number from 1, the round of
 * its draw, the place on it, and the facts that the task's record binds.
 */
export const seatMembers = {
  taskId: id,
  provider: id,
  attempt: u8,
  panel: u16,
  round: u8,
  seat: u8,
  inputHash: bytes32,
  weightHash: bytes32,
};
/** A report or quote as a vendor's hardware signs it. */
export const quote = bytes(ATTESTATION_LIMITS.quoteBytesMax);
/** A chain of X.509 certificates in DER. */
export const certificates = list(
  bytes(ATTESTATION_LIMITS.certificateBytesMax),
  ATTESTATION_LIMITS.certificatesMax,
);
