import {
  ATTESTATION_CODES,
  ATTESTATION_KINDS,
  type AttestationEvidence,
  verifyAttestation,
  verifyEvidenceFiles,
  verifyGPUAttestationShape,
} from '@aivm/core/attestation';
import {
  createMemoPrimitives,
  makeGpu,
  makeIntel,
  makeRims,
  makeSnp,
  NOW,
  TEST_POLICY,
} from '@aivm/test-authority';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const OPTIONS = { now: NOW, policy: TEST_POLICY, primitives: createMemoPrimitives() };
const CODES = Object.keys(ATTESTATION_CODES);
const snp = makeSnp().evidence;
const intel = makeIntel();
const { gpu } = makeGpu();
const rims = makeRims();

/** Some bytes replaced, removed or inserted anywhere. */
const damaged = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      at: fc.nat(bytes.length - 1),
      removed: fc.nat(3),
      inserted: fc.uint8Array({ maxLength: 3 }),
    })
    .map(
      ({ at, removed, inserted }) =>
        new Uint8Array([...bytes.slice(0, at), ...inserted, ...bytes.slice(at + removed)]),
    );

const isUnchanged = (left: Uint8Array, right: Uint8Array): boolean =>
  Buffer.from(left).equals(Buffer.from(right));

/** Whatever comes in, a verdict comes out; and damaged signed parts are never accepted. */
describe('arbitrary input', () => {
  it('bytes as every kind of file', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ATTESTATION_KINDS),
        fc.uint8Array({ maxLength: 2_000 }),
        (kind, bytes) => {
          const rest = kind === 'nvidia' ? { rims: [bytes] } : {};
          const report = verifyEvidenceFiles({
            ...OPTIONS,
            kind,
            evidence: bytes,
            chain: [bytes],
            collateral: bytes,
            ...rest,
          });
          expect(report.accepted).toBe(false);
          expect(CODES).toContain(report.code);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('JSON as the GPU attestation shape', () => {
    const names = [
      'mode',
      'local_evidence',
      'software_attestation',
      'spdm_report',
      'cert_chain',
      'nonce',
      'model',
    ];
    const value = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(0, 1, null, true, '', 'AAAA', '\ud800', 2 ** 64),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie('node'), { maxKeys: 5 }),
      ),
    })).node;
    fc.assert(
      fc.property(value, (json) => {
        const answer = verifyGPUAttestationShape(json, { ...OPTIONS, chainId: 7n, provider: 'p' });
        expect(answer).toMatchObject({ verified: false, trustScore: 0, hardwareCC: false });
      }),
      { numRuns: 500 },
    );
  });

  const accepts = (evidence: AttestationEvidence, collateral = {}): boolean =>
    verifyAttestation(evidence, collateral, OPTIONS).accepted;

  it('damaged SNP reports and certificates', () => {
    fc.assert(
      fc.property(
        damaged(snp.report),
        (report) => isUnchanged(report, snp.report) || !accepts({ ...snp, report }),
      ),
      { numRuns: 150 },
    );
    const [leaf = new Uint8Array(), ...issuers] = snp.chain;
    fc.assert(
      fc.property(
        damaged(leaf),
        (changed) => isUnchanged(changed, leaf) || !accepts({ ...snp, chain: [changed, ...issuers] }),
      ),
      { numRuns: 150 },
    );
  });

  it('damaged quotes and documents', () => {
    const { quote } = intel.evidence;
    // White space and the NUL of the PEM chain are not signed; everything before the chain counts.
    const signed = quote.slice(0, quote.length - 2_200);
    const rest = quote.slice(signed.length);
    fc.assert(
      fc.property(damaged(signed), (changed) => {
        const whole = new Uint8Array([...changed, ...rest]);
        return (
          isUnchanged(changed, signed) || !accepts({ ...intel.evidence, quote: whole }, intel.collateral)
        );
      }),
      { numRuns: 100 },
    );
    const { tcbInfo, rootList } = intel.collateral.intel;
    fc.assert(
      fc.property(damaged(tcbInfo.bytes), damaged(rootList), (bytes, list) => {
        const collateral = {
          intel: { ...intel.collateral.intel, rootList: list, tcbInfo: { ...tcbInfo, bytes } },
        };
        const isSame = isUnchanged(bytes, tcbInfo.bytes) && isUnchanged(list, rootList);
        return isSame || !accepts(intel.evidence, collateral);
      }),
      { numRuns: 60 },
    );
  });

  it('damaged manifests', () => {
    const [driver = new Uint8Array(), vbios = new Uint8Array()] = rims;
    const evidence = { kind: 'nvidia', gpus: [gpu] } as const;
    fc.assert(
      fc.property(damaged(driver), (changed) => {
        const verdict = verifyAttestation(evidence, { rims: [changed, vbios] }, OPTIONS);
        expect(CODES).toContain(verdict.code);
        // Another writing of the same document may pass; then it compared the same values.
        return !verdict.accepted || verdict.gpus[0]?.comparedCount === 4;
      }),
      { numRuns: 100 },
    );
  });
});
