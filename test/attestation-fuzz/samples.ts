import {
  type AttestationPolicy,
  type AttestationPrimitives,
  rfc3339ToSeconds,
  type VerifyAttestationOptions,
  verifyAttestation,
} from '@aivm/core/attestation';
import { createRememberingPrimitives, installCrypto, nodePrimitives } from '@aivm/node';
import {
  ecKey,
  makeGpu,
  makeIntel,
  makeList,
  makeRim,
  makeRims,
  makeSnp,
  makeSoftware,
  NOW,
  NVIDIA_DEVICE_ROOT,
  NVIDIA_RIM_ROOT,
  SNP_TEST_ROOT,
  TEST_POLICY,
} from '@aivm/test-authority';
import { readCollateralFile } from '../../packages/core/src/attestation/files/collateral-file.ts';
import { readEvidenceFile } from '../../packages/core/src/attestation/files/evidence-file.ts';
import { fixtureCases, readFixture } from '../../packages/core/test/attestation/support/fixtures.ts';
import { factsOf, type Input, type Sample } from './input.ts';

/** Ten thousand years: what ends a verdict is then the evidence, never the policy. */
const LIFETIME_SECONDS = 10_000 * 365 * 86_400;

/** The policy under which mutants are judged: the default one with the test roots. */
export const FUZZ_POLICY: AttestationPolicy = { ...TEST_POLICY, lifetimeSeconds: LIFETIME_SECONDS };

/** A mutant repeats every signature of its sample but the one that it breaks. */
export const FUZZ_PRIMITIVES: AttestationPrimitives = createRememberingPrimitives(nodePrimitives);

const WITH_LISTS = { policy: { ...FUZZ_POLICY, requiresRevocationLists: true } };

type Case = readonly [
  name: string,
  evidence: Input['evidence'],
  collateral?: Input['collateral'],
  options?: Partial<VerifyAttestationOptions>,
];

function snpCases(): readonly Case[] {
  const genoa = makeSnp();
  return [
    ['snp milan v2', makeSnp({ product: 'Milan', version: 2 }).evidence],
    ['snp genoa v3', genoa.evidence],
    ['snp turin v5', makeSnp({ product: 'Turin', version: 5 }).evidence],
    ['snp vlek', makeSnp({ keyKind: 'vlek' }).evidence],
    [
      'snp with list',
      genoa.evidence,
      { lists: [makeList({ issuer: SNP_TEST_ROOT, revoked: [9, 10] })] },
      WITH_LISTS,
    ],
    ['snp debug', makeSnp({ guestPolicy: 0xb0000n }).evidence],
    [
      'snp revoked',
      genoa.evidence,
      { lists: [makeList({ issuer: SNP_TEST_ROOT, revoked: [65_537] })] },
      WITH_LISTS,
    ],
  ];
}

function intelCases(): readonly Case[] {
  const versions = [
    ['sgx', 3],
    ['sgx', 5],
    ['tdx', 4],
    ['tdx', 5],
  ] as const;
  const debug = makeIntel({ kind: 'sgx', patches: [[48 + 48, Uint8Array.of(0x03)]] });
  const revoked = makeIntel({ platformList: { revoked: [23] } });
  const foreign = makeIntel({ tcbInfo: { fmspc: '00906ED50000' } });
  const entries = [
    ...versions.map(([kind, version]) => [`${kind} v${version}`, makeIntel({ kind, version })] as const),
    ['tdx padded', makeIntel({ padding: new Uint8Array(70) })] as const,
    ['sgx debug', debug] as const,
    ['tdx revoked', revoked] as const,
    ['tdx of another platform', foreign] as const,
  ];
  return entries.map(([name, { evidence, collateral }]) => [name, evidence, collateral]);
}

function gpuCases(): readonly Case[] {
  const rims = makeRims();
  const one = (options: Parameters<typeof makeGpu>[0]) =>
    ({ kind: 'nvidia', gpus: [makeGpu(options).gpu] }) as const;
  const authorities = ['Test Identity', 'Test Provisioner', 'Test RIM L2', 'Test RIM L3'].map(
    (commonName) => ({ commonName, key: ecKey('p384', commonName), der: new Uint8Array() }),
  );
  const lists = [NVIDIA_DEVICE_ROOT, NVIDIA_RIM_ROOT, ...authorities].map((issuer) => makeList({ issuer }));
  const pair = [makeGpu({ device: 'a' }).gpu, makeGpu({ device: 'b' }).gpu];
  return [
    ['gpu hopper', one({}), { rims }],
    ['gpu blackwell', one({ fwidForm: 'blackwell' }), { rims }],
    ['two gpus', { kind: 'nvidia', gpus: pair }, { rims }],
    ['gpu with lists', one({}), { rims, lists }, WITH_LISTS],
    ['switch', one({ deviceName: 'NVIDIA:LS10:0123456789ABCDEF' }), { rims }],
    [
      'gpu with manifests of another driver',
      one({}),
      { rims: [makeRim({ version: '550.144.03' }), ...rims.slice(1)] },
    ],
  ];
}

function softwareCases(): readonly Case[] {
  return (['ed25519', 'secp256k1'] as const).map((scheme) => {
    const evidence = makeSoftware(scheme);
    const { chainId, provider, publicKey } = evidence;
    return [`statement ${scheme}`, evidence, {}, { claimant: { chainId, provider, publicKey } }] as const;
  });
}

/** Real evidence that is not refused for its time alone: the same bytes come with an accepted time too. */
function realCases(): readonly Case[] {
  return fixtureCases()
    .filter(({ code }) => code !== 'expired')
    .map(({ name, kind, evidence, chain = [], rims = [], collateral, now }) => [
      `real ${name}`,
      readEvidenceFile(kind, readFixture(evidence), chain.map(readFixture)),
      readCollateralFile(
        kind,
        collateral === undefined ? undefined : readFixture(collateral),
        rims.map(readFixture),
      ),
      { now: rfc3339ToSeconds(now) ?? 0 },
    ]);
}

const sampleOf = ([name, evidence, collateral = {}, options = {}]: Case): Sample => {
  const input: Input = {
    evidence,
    collateral,
    options: { now: NOW, policy: FUZZ_POLICY, primitives: FUZZ_PRIMITIVES, ...options },
  };
  const verdict = verifyAttestation(input.evidence, input.collateral, input.options);
  return { name, input, verdict, facts: factsOf(verdict) };
};

/** Evidence of every kind under the test roots, accepted and refused, with its verdict. */
export function makeSyntheticSamples(): readonly Sample[] {
  installCrypto();
  return [...snpCases(), ...intelCases(), ...gpuCases(), ...softwareCases()].map(sampleOf);
}

/** Evidence of every kind with its verdict: synthetic, and real where AIVM_TEE_FIXTURES names a folder. */
export const makeSamples = (): readonly Sample[] => [...makeSyntheticSamples(), ...realCases().map(sampleOf)];
