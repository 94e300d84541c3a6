import { AttestationRefusal, readManifestFile, readVendorDocuments } from '@aivm/core/attestation';
import { hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import { makeGpu, makeIntel, makeList, makeRim, makeSnp, NVIDIA_RIM_ROOT, toPem } from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';

const intel = makeIntel();
const snp = makeSnp();
const record = JSON.parse(Buffer.from(intel.file).toString('utf8')) as Record<string, unknown>;
const platformChain = [intel.authority.der, intel.root.der];
const json = (more: object): Uint8Array => utf8ToBytes(JSON.stringify({ ...record, ...more }));
const whole = json({ pck_crl_issuer_chain: toPem(platformChain) });
const list = makeList({ issuer: snp.root });
const { chain } = snp.evidence;

describe("a vendor's documents out of their files", () => {
  it.each(['sgx', 'tdx'] as const)(
    '%s: two lists, the levels and the enclave identity, each with its issuers',
    (kind) => {
      const { rootList, platformList, tcbInfo, enclaveIdentity } = intel.collateral.intel;
      // What files of another vendor's certificates say does not matter here.
      expect(readVendorDocuments(kind, whole, chain)).toEqual([
        { kind: 'revocationList', list: rootList, chain: [intel.root.der] },
        { kind: 'revocationList', list: platformList, chain: platformChain },
        { kind: 'tcbInfo', document: tcbInfo },
        { kind: 'enclaveIdentity', document: enclaveIdentity },
      ]);
    },
  );

  it.each([
    ['binary', list],
    ['hex', utf8ToBytes(Buffer.from(list).toString('hex'))],
    ['JSON', utf8ToBytes(JSON.stringify({ crls: [Buffer.from(list).toString('base64')] }))],
  ])('snp: a revocation list as %s, under the last certificate of the chain', (_, file) => {
    expect(readVendorDocuments('snp', file, chain)).toEqual([
      { kind: 'revocationList', list: hexToBytes(Buffer.from(list).toString('hex')), chain: [snp.root.der] },
    ]);
  });

  it.each([
    ['no issuers of the platform list', intel.file],
    ['issuers that are no text', json({ pck_crl_issuer_chain: 5 })],
    ['issuers that are no certificates', json({ pck_crl_issuer_chain: 'words' })],
    ['no firmware levels', json({ pck_crl_issuer_chain: toPem(platformChain), tcb_info: undefined })],
    ['a signature that is neither hex nor base64', json({ tcb_info_signature: '!' })],
    ['garbage', utf8ToBytes('garbage')],
    ['nothing', new Uint8Array()],
    ['a list of AMD', list],
  ])('tdx: refuses a file with %s', (_, file) => {
    expect(() => readVendorDocuments('tdx', file, [])).toThrow(AttestationRefusal);
  });

  it.each([
    ['a list without its issuer', list, []],
    ["Intel's collateral", whole, chain],
    ['lists that are no texts', utf8ToBytes('{"crls":[5]}'), chain],
    ['words', utf8ToBytes('not a list!'), chain],
  ])('snp: refuses %s', (_, file, issuers) => {
    expect(() => readVendorDocuments('snp', file, issuers)).toThrow(AttestationRefusal);
  });

  it('nvidia: each list under the certificate that issued it and all above', () => {
    const { gpu, certificates } = makeGpu();
    for (const [at, issuer] of certificates.entries()) {
      const file = makeList({ issuer });
      expect(readVendorDocuments('nvidia', file, gpu.chain)).toEqual([
        { kind: 'revocationList', list: file, chain: gpu.chain.slice(at) },
      ]);
    }
    expect(() => readVendorDocuments('nvidia', list, gpu.chain)).toThrow('issuer');
  });

  it('nvidia: each list under its own authorities, where the certificates are of several', () => {
    const { gpu, certificates } = makeGpu();
    const file = makeList({ issuer: certificates[1] ?? NVIDIA_RIM_ROOT });
    const manifests = makeList({ issuer: NVIDIA_RIM_ROOT });
    for (const issuers of [
      [...gpu.chain, NVIDIA_RIM_ROOT.der],
      [NVIDIA_RIM_ROOT.der, ...gpu.chain],
      [NVIDIA_RIM_ROOT.der, ...gpu.chain.toReversed()],
    ]) {
      expect(readVendorDocuments('nvidia', file, issuers)[0]).toMatchObject({ chain: gpu.chain.slice(1) });
      const [document] = readVendorDocuments('nvidia', manifests, issuers);
      expect(document).toMatchObject({ chain: [NVIDIA_RIM_ROOT.der] });
    }
  });

  it('nvidia: a manifest is signed XML', () => {
    const manifest = makeRim();
    expect(readManifestFile(manifest)).toEqual({ kind: 'manifest', manifest });
    for (const other of ['', 'words', '<a></a>']) {
      expect(() => readManifestFile(utf8ToBytes(other))).toThrow(AttestationRefusal);
    }
    expect(() => readManifestFile(new Uint8Array(65_537))).toThrow('RIM');
  });
});
