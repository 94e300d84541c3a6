import { ATTESTATION_LIMITS } from '../../attestation/limits.ts';
import { list } from '../../bytes/codec/composites.ts';
import { bytes, text } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';

/** Id of a task, a model or a provider. */
export const id = text(LIMITS.idBytesMax);
/** A report or quote as a vendor's hardware signs it. */
export const quote = bytes(ATTESTATION_LIMITS.quoteBytesMax);
/** A chain of X.509 certificates in DER. */
export const certificates = list(
  bytes(ATTESTATION_LIMITS.certificateBytesMax),
  ATTESTATION_LIMITS.certificatesMax,
);
