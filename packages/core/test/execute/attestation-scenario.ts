import {
  type AttestationKind,
  attestationBinding,
  attestationNonce,
  KIND_NUMBER,
  softwareMessage,
} from '@aivm/core/attestation';
import { concatBytes } from '@aivm/core/bytes';
import { placeOfCollateral } from '@aivm/core/execute';
import { CollateralKind, liveAttestation, type ProviderAttestation, readAccount } from '@aivm/core/state';
import { type Operation, type OperationOf, transactionWork } from '@aivm/core/tx';
import {
  INTEL_TEST_ROOT,
  makeGpu,
  makeIntel,
  makeList,
  makeRims,
  makeSnp,
  makeSoftware,
  NOW,
  SNP_TEST_ROOT,
  type SnpTestOptions,
  TEST_POLICY,
} from '@aivm/test-authority';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { expect } from 'vitest';
import { bob, people, registerProvider } from './scenario.ts';
import { type Person, TestChain } from './test-chain.ts';

type SubmitAttestation = OperationOf<'submitAttestation'>;
type SubmitCollateral = OperationOf<'submitCollateral'>;

export const NO_KEY = new Uint8Array(20);
/** The workload of the test processors. */
export const LISTED = { measurements: [{ kind: 'snp', measurement: '4d'.repeat(48) }] };

/** A chain at the time of the synthetic evidence that names the test roots. */
export const openChain = (
  policy: Record<string, unknown> = {},
  config: Record<string, unknown> = {},
): TestChain =>
  new TestChain(
    {
      timestamp: NOW,
      config: { taskTimeout: '9s', challengeWindowBlocks: 5, ...config },
      params: { development: true, unbondBlocks: 12 },
      attestation: { testRoots: TEST_POLICY.testRoots, policy },
    },
    people,
  );

/** What evidence is made for; the fields that a test leaves out are the true ones of the chain's head. */
export interface Request {
  readonly operator?: Uint8Array;
  readonly chainId?: bigint;
  readonly blockId?: Uint8Array;
  readonly sessionKey?: Uint8Array;
}

export function bindingOf(
  chain: TestChain,
  by: Person,
  kind: AttestationKind,
  request: Request = {},
): Uint8Array {
  const { operator = by.address, chainId = chain.tip.header.chainId } = request;
  const nonce = attestationNonce({ chainId, operator, blockId: request.blockId ?? chain.tip.id });
  return attestationBinding({ chainId, operator, nonce, kind, sessionKey: request.sessionKey ?? NO_KEY });
}

const reportData = (binding: Uint8Array): Uint8Array => concatBytes(binding, new Uint8Array(32));

export const submitAttestation = (
  chain: TestChain,
  provider: string,
  more: Partial<SubmitAttestation> = {},
): SubmitAttestation => ({
  kind: 'submitAttestation',
  provider,
  nonceHeight: chain.height,
  sessionKey: NO_KEY,
  processors: [],
  gpus: [],
  statements: [],
  lists: [],
  documents: [],
  manifests: [],
  responses: [],
  ...more,
});

/** A processor's evidence in an operation. */
export function snpPart(
  chain: TestChain,
  by: Person,
  request: Request = {},
  options: SnpTestOptions = {},
): Pick<SubmitAttestation, 'processors' | 'sessionKey'> {
  const { report, chain: certificates } = makeSnp({
    reportData: reportData(bindingOf(chain, by, 'snp', request)),
    ...options,
  }).evidence;
  const processors = [{ kind: KIND_NUMBER.snp, report, chain: certificates }];
  return { processors, sessionKey: request.sessionKey ?? NO_KEY };
}

/** The n-th chip. */
export const chip = (n: number): SnpTestOptions => ({ hardwareId: new Uint8Array(64).fill(n) });

export const snpAttestation = (
  chain: TestChain,
  by: Person,
  provider: string,
  request: Request = {},
  options: SnpTestOptions = {},
): SubmitAttestation => submitAttestation(chain, provider, snpPart(chain, by, request, options));

/** GPUs of these names, all asked with one request. */
export const gpuPart = (
  chain: TestChain,
  by: Person,
  devices: readonly string[] = ['a'],
  request: Request = {},
): Pick<SubmitAttestation, 'gpus'> => ({
  gpus: devices.map((device) => makeGpu({ device, nonce: bindingOf(chain, by, 'nvidia', request) }).gpu),
});

export const tdxPart = (chain: TestChain, by: Person): Pick<SubmitAttestation, 'processors'> => {
  const { quote: report } = makeIntel({ reportData: reportData(bindingOf(chain, by, 'tdx')) }).evidence as {
    readonly quote: Uint8Array;
  };
  return { processors: [{ kind: KIND_NUMBER.tdx, report, chain: [] }] };
};

/** A statement under an operator's own key, or under `key`. */
export function statementPart(
  chain: TestChain,
  by: Person,
  provider: string,
  { key = by.key, timestamp = chain.tip.header.timestamp }: { key?: Uint8Array; timestamp?: number } = {},
): Pick<SubmitAttestation, 'statements'> {
  const { statement } = makeSoftware('secp256k1', { timestamp });
  const { chainId } = chain.tip.header;
  const nonce = bindingOf(chain, by, 'software');
  const digest = sha256(softwareMessage({ chainId, provider, nonce, statement }));
  const signature = secp256k1.sign(digest, key, { prehash: false, lowS: true });
  return { statements: [{ statement, publicKey: secp256k1.getPublicKey(key, true), signature }] };
}

const submitCollateral = (
  documentKind: CollateralKind,
  body: Uint8Array,
  more: Partial<SubmitCollateral> = {},
): SubmitCollateral => ({
  kind: 'submitCollateral',
  documentKind,
  body,
  signature: new Uint8Array(),
  chain: [],
  ...more,
});

/** A list of AMD's test root. 65,537 is the serial of the authority below it. */
export const amdList = (
  revoked: readonly number[] = [],
  from = NOW - 100,
  until = NOW + 86_400,
): SubmitCollateral =>
  submitCollateral(CollateralKind.revocationList, makeList({ issuer: SNP_TEST_ROOT, revoked, from, until }), {
    chain: [SNP_TEST_ROOT.der],
  });

export const manifests = (): readonly SubmitCollateral[] =>
  makeRims().map((rim) => submitCollateral(CollateralKind.manifest, rim));

/** Both lists, TCB info and enclave identity of the test platform. */
export function intelDocuments(options: Parameters<typeof makeIntel>[0] = {}): readonly SubmitCollateral[] {
  const { collateral, authority } = makeIntel(options);
  const { rootList, platformList, tcbInfo, enclaveIdentity } = collateral.intel;
  const list = CollateralKind.revocationList;
  return [
    submitCollateral(list, rootList, { chain: [INTEL_TEST_ROOT.der] }),
    submitCollateral(list, platformList, { chain: [authority.der, INTEL_TEST_ROOT.der] }),
    submitCollateral(CollateralKind.tcbInfo, tcbInfo.bytes, tcbInfo),
    submitCollateral(CollateralKind.enclaveIdentity, enclaveIdentity.bytes, enclaveIdentity),
  ].map(({ kind, documentKind, body, signature, chain }) => ({ kind, documentKind, body, signature, chain }));
}

/** How evidence cites a document. */
export const cite = (document: SubmitCollateral) => ({
  slot: placeOfCollateral(document).slot,
  size: document.body.length,
});

/** The attestation of a provider that counts at a time, the head's by default. */
export const live = (
  chain: TestChain,
  provider: string,
  timestamp = chain.tip.header.timestamp,
): ProviderAttestation | undefined => liveAttestation(chain.state, provider, timestamp);

/** A chain on which bob operates "p". */
export function served(
  policy: Record<string, unknown> = {},
  config: Record<string, unknown> = {},
): TestChain {
  const chain = openChain(policy, config);
  chain.must(bob, registerProvider(bob, 'p'));
  return chain;
}

/** Refuses with `code`, and changes nothing but the sender's balance, nonce and the block's own facts. */
export function refuses(chain: TestChain, code: string, by: Person, operation: Operation): void {
  chain.mine();
  const quiet = (key: string): boolean => /^(?:61|63|68)/.test(key);
  const before = [...chain.entries()].filter(([key]) => !quiet(key));
  const { balance, nonce } = readAccount(chain.state, by.address);
  expect(chain.apply(by, operation)).toBe(code);
  const after = readAccount(chain.state, by.address);
  expect(after.nonce).toBe(nonce + 1n);
  const work = transactionWork(chain.tip.transactions[0] ?? { operation, bytes: new Uint8Array() });
  expect(balance - after.balance).toBe(BigInt(work) * 1_000n);
  expect([...chain.entries()].filter(([key]) => !quiet(key))).toEqual(before);
}
