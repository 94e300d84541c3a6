import {
  type AttestationVerdict,
  DEFAULT_ATTESTATION_POLICY,
  rfc3339ToSeconds,
  verifyAttestation,
} from '@aivm/core/attestation';
import { hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import { describe, expect, it } from 'vitest';
import { readCollateralFile } from '../../src/attestation/files/collateral-file.ts';
import { readEvidenceFile } from '../../src/attestation/files/evidence-file.ts';
import {
  evidenceBytes,
  FIXTURES_TITLE,
  type FixtureCase,
  fixtureCases,
  fixtureMutations,
  hasFixtures,
  type Mutation,
  readFixture,
  readFixtureJson,
  verifyFixture,
  xorAt,
} from './support/fixtures.ts';

const cases = fixtureCases();
const accepted = cases.filter((fixture) => fixture.accepted);

/** The verdict with all its facts, which the report of the files leaves out. */
function verdictOf(fixture: FixtureCase): AttestationVerdict {
  const collateral = fixture.collateral === undefined ? undefined : readFixture(fixture.collateral);
  return verifyAttestation(
    readEvidenceFile(fixture.kind, readFixture(fixture.evidence), (fixture.chain ?? []).map(readFixture)),
    readCollateralFile(fixture.kind, collateral, (fixture.rims ?? []).map(readFixture)),
    { now: rfc3339ToSeconds(fixture.now) ?? 0, policy: DEFAULT_ATTESTATION_POLICY },
  );
}

describe.skipIf(!hasFixtures)(FIXTURES_TITLE, () => {
  it.each(cases)('$name', (fixture) => {
    const report = verifyFixture(fixture);
    expect(report.accepted).toBe(fixture.accepted);
    if (fixture.code !== undefined) expect(report.code).toBe(fixture.code);
    if (fixture.tcbStatus !== undefined) expect(report.tcbStatus).toBe(fixture.tcbStatus);
    if (fixture.acceptedWithAllowDebug !== undefined) {
      expect(verifyFixture(fixture, { allowDebug: true }).accepted).toBe(fixture.acceptedWithAllowDebug);
    }
    if (fixture.accepted) expect(report.trustScore).toBeGreaterThanOrEqual(70);
    else expect(report).toMatchObject({ trustScore: 0, validUntil: null });
  });

  it.each(accepted)('$name: refused as expired outside its window, accepted at both ends', (fixture) => {
    const policy = { ...DEFAULT_ATTESTATION_POLICY, lifetimeSeconds: 400 * 365 * 86_400 };
    const collateral = fixture.collateral === undefined ? undefined : readFixture(fixture.collateral);
    const verdict = verifyAttestation(
      readEvidenceFile(fixture.kind, readFixture(fixture.evidence), (fixture.chain ?? []).map(readFixture)),
      readCollateralFile(fixture.kind, collateral, (fixture.rims ?? []).map(readFixture)),
      { now: rfc3339ToSeconds(fixture.now) ?? 0, policy },
    );
    if (!verdict.accepted) throw new Error(verdict.detail);
    const codeAt = (now: number): string => verifyFixture(fixture, { now, policy }).code;
    expect(codeAt(verdict.validFrom)).toBe('ok');
    expect(codeAt(verdict.validUntil)).toBe('ok');
    expect(codeAt(verdict.validFrom - 1)).toBe('expired');
    expect(codeAt(verdict.validUntil + 1)).toBe('expired');
  });

  it.each(accepted)('$name: no byte of the evidence may change', (fixture) => {
    const bytes = evidenceBytes(fixture);
    // One byte in each of 24 equal regions, so that header, body, signature and certificates are all hit.
    for (let region = 0; region < 24; region++) {
      const offset = Math.floor((bytes.length * region) / 24) + (region % 7);
      const evidence = xorAt(bytes, [[offset, 1 << (region % 8)]]);
      expect(verifyFixture(fixture, { evidence }).accepted, `offset ${offset}`).toBe(false);
    }
  });

  it.each(accepted)('$name: no shorter evidence', (fixture) => {
    const bytes = evidenceBytes(fixture);
    const padding = bytes.length - bytes.findLastIndex((byte) => byte !== 0) - 1;
    for (let size = 0; size < bytes.length - padding; size += size < 700 ? 1 : 97) {
      expect(verifyFixture(fixture, { evidence: bytes.slice(0, size) }).accepted, `size ${size}`).toBe(false);
    }
  });

  it.each(fixtureMutations())('mutation %# of $base is refused', (mutation: Mutation) => {
    const base = cases.find(
      ({ evidence, collateral }) => mutation.base === evidence || mutation.base === collateral,
    );
    if (base === undefined) throw new Error(`no case for ${mutation.base}`);
    // A lenient policy, so that nothing but the mutation can be the reason.
    const { intel } = DEFAULT_ATTESTATION_POLICY;
    const policy = {
      ...DEFAULT_ATTESTATION_POLICY,
      intel: { ...intel, tcbStatuses: [...intel.tcbStatuses, 'ConfigurationAndSWHardeningNeeded' as const] },
    };
    expect(verifyFixture(base, { policy }).accepted).toBe(true);
    const overrides =
      mutation.set === undefined
        ? { evidence: xorAt(evidenceBytes(base), mutation.xor ?? []) }
        : {
            collateral: utf8ToBytes(
              JSON.stringify({ ...readFixtureJson<object>(mutation.base), ...mutation.set }),
            ),
          };
    const report = verifyFixture(base, { policy, ...overrides });
    expect(report.accepted).toBe(false);
    expect(report.code).toBe(expectedCode(mutation));
  });

  it('matches 32 of 32 active measurements of the H100', () => {
    const verdict = verdictOf(cases.find(({ name }) => name === 'h100 with both RIMs') as FixtureCase);
    if (!verdict.accepted) throw new Error(verdict.detail);
    expect(verdict.gpus).toEqual([
      {
        chip: 'GH100',
        name: 'NVIDIA:GH100:48B02D92494BADF4',
        driverVersion: '550.90.07',
        vbiosVersion: '96.00.9F.00.01',
        feature: undefined,
        comparedCount: 32,
        mismatches: [],
      },
    ]);
  });

  it('refuses a manifest under a root that is for debugging only', () => {
    const h100 = cases.find(({ name }) => name === 'h100 with both RIMs') as FixtureCase;
    const rims = ['nvidia/neg/rim-debug-root.xml', ...(h100.rims ?? []).slice(1)];
    expect(verifyFixture({ ...h100, rims }).code).toBe('chain');
  });

  it('refuses a chip key for a report by a cloud key, and the other way round', () => {
    const milan = cases.find(({ name }) => name === 'snp milan-v2') as FixtureCase;
    const vlek = cases.find(({ name }) => name === 'snp milan-v3-vlek') as FixtureCase;
    const now = rfc3339ToSeconds('2025-06-01T00:00:00Z') ?? 0;
    expect(verifyFixture({ ...milan, chain: vlek.chain ?? [] }, { now }).code).toBe('signature');
    const mixed = [...(vlek.chain ?? []).slice(0, 1), ...(milan.chain ?? []).slice(1)];
    expect(verifyFixture({ ...vlek, chain: mixed }, { now }).code).toBe('chain');
  });

  it('compares the nonce with what the hardware signed', () => {
    const h100 = cases.find(({ name }) => name === 'h100 with both RIMs') as FixtureCase;
    const nonce = hexToBytes('931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb');
    expect(verifyFixture(h100, { nonce }).code).toBe('ok');
    expect(verifyFixture(h100, { nonce: xorAt(nonce, [[31, 1]]) }).code).toBe('nonce');
    const milan = cases.find(({ name }) => name === 'snp milan-v2') as FixtureCase;
    const reportData = evidenceBytes(milan).slice(0x50, 0x90);
    expect(verifyFixture(milan, { nonce: reportData }).code).toBe('ok');
    expect(verifyFixture(milan, { nonce: reportData.slice(0, 32) }).code).toBe('ok');
    expect(verifyFixture(milan, { nonce: xorAt(reportData, [[63, 1]]) }).code).toBe('nonce');
  });
});

/** Which code a recipe must give: what it breaks decides. */
function expectedCode({ base, set, xor }: Mutation): string {
  if (set !== undefined) return 'collateral_missing';
  if (base.includes('turin') && xor?.[0]?.[0] === 816) return 'malformed';
  return base.includes('sgx') && xor?.[0]?.[0] === 500 ? 'binding' : 'signature';
}
