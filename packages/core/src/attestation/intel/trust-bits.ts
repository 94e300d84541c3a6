import { hexToBytes } from '../../bytes/hex.ts';
import { type Objection, objectionsOf } from '../facts.ts';
import type { IntelTrustBits } from '../policy.ts';
import type { EnclaveReport, TdReport } from './quote-body.ts';

/** Debugging is judged by itself, as `debug`. */
const DEBUG: Readonly<Record<'td' | 'enclave', number>> = { td: 0x01, enclave: 0x02 };

/** Whether `bytes` has no bit outside `allowed`, in which `extra` is added to the first byte. */
const isWithin = (bytes: Uint8Array, allowed: string, extra = 0): boolean => {
  const mask = hexToBytes(allowed);
  return bytes.every((byte, i) => (byte & ~((mask[i] ?? 0) | (i === 0 ? extra : 0))) === 0);
};

const holds = (bytes: Uint8Array, required: string): boolean =>
  hexToBytes(required).every((byte, i) => ((bytes[i] ?? 0) & byte) === byte);

/**
 * What an environment may do by its attributes, and which processor state it has. A bit that the policy does not know may
 * mean anything: a migratable TD can go on elsewhere, and the report of before 1.5 does not say who serves the migration.
 */
export function objectToTrustBits(
  body: EnclaveReport | TdReport,
  bits: IntelTrustBits,
): readonly Objection[] {
  const { type, attributes } = body;
  if (type === 'enclave') {
    // The last eight bytes are XFRM, the processor state that the enclave uses.
    const isAllowed = isWithin(attributes.subarray(0, 8), bits.sgxAttributesAllowed, DEBUG.enclave);
    return objectionsOf([[!isAllowed, 'policy', 'attributes of the enclave that the policy does not admit']]);
  }
  const isAllowed = isWithin(attributes, bits.tdAttributesAllowed, DEBUG.td);
  const isState = isWithin(body.xfam, bits.xfamAllowed) && holds(body.xfam, bits.xfamRequired);
  return objectionsOf([
    [!isAllowed, 'policy', 'attributes of the TD that the policy does not admit'],
    [!isState, 'policy', 'XFAM: processor state that the policy does not admit'],
  ]);
}
