/** Every outcome of a verification with its one-line meaning. The keys are stable: chains and clients compare them. */
export const ATTESTATION_CODES = {
  ok: 'the evidence holds under the policy',
  malformed: 'the bytes do not have the form that their kind prescribes',
  too_large: 'a part of the evidence or collateral is larger than its stated bound',
  unsupported: 'a version, an algorithm or a key type that this verifier does not accept',
  chain: 'the certificates do not lead to a root that the policy names',
  signature: 'a signature over the evidence or its collateral does not verify',
  expired: 'a certificate, list, document or statement is outside its validity window at this time',
  revoked: 'a certificate of the chain is on the list of its issuer',
  collateral_missing: 'a list or document without which nothing can be concluded is absent',
  collateral_mismatch:
    'the collateral is for another platform, issuer or purpose, or older than what is known',
  binding: 'the signed report does not belong to the certificate or key that vouches for it',
  debug: 'the environment can be read or altered from outside',
  tcb: 'the firmware level is not one that the policy accepts',
  measurement: 'a measurement is not on the list that the policy names',
  nonce: 'the evidence was not made for this request, or was used before',
  device_in_use: 'the device is claimed already, by another provider or twice in this evidence',
  not_a_gpu: 'the certificate names a device that is not a graphics processor',
  rim_missing: 'no signed reference measurements for the driver or the firmware are given',
  rim_mismatch: 'the reference measurements are for another product or version',
  contradiction: 'what the request declares is not what the evidence says',
  policy: 'the evidence is sound, but the policy does not admit it',
} as const satisfies Record<string, string>;

/** One of the outcomes in {@link ATTESTATION_CODES}. */
export type AttestationCode = keyof typeof ATTESTATION_CODES;

/** A reason for which evidence is refused. */
export type AttestationRefusalCode = Exclude<AttestationCode, 'ok'>;
