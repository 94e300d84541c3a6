import { intersectWindows, type TimeWindow } from '../encoding/time.ts';
import type { UsedList, VerificationContext } from '../facts.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { rootsOf } from '../policy.ts';
import { expect, refuse } from '../refusal.ts';
import { isPinned } from '../roots.ts';
import type { Certificate } from '../x509/certificate.ts';
import { authoritiesOf, type CertificateChain, parseChain, verifyChain } from '../x509/chain.ts';
import {
  assertRevocationList,
  identifyList,
  isRevoked,
  parseRevocationList,
  type RevocationList,
} from '../x509/crl.ts';
import { type EnclaveIdentity, readEnclaveIdentity } from './enclave-identity.ts';
import { readTcbInfo, type TcbInfo } from './tcb-info.ts';

/** A JSON document exactly as Intel signed it, with the chain of the key. */
export interface SignedDocument {
  readonly bytes: Uint8Array;
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array;
  /** DER, the signing certificate first, then the root. */
  readonly chain: readonly Uint8Array[];
}

/** What Intel publishes about a platform. Every part is needed; an empty list is a missing one. */
export interface IntelCollateral {
  /** DER list of the root. */
  readonly rootList: Uint8Array;
  /** DER list of the authority that issued the platform's certificate. */
  readonly platformList: Uint8Array;
  readonly tcbInfo: SignedDocument;
  readonly enclaveIdentity: SignedDocument;
}

/** Collateral whose signatures hold. */
export interface VerifiedCollateral {
  readonly info: TcbInfo;
  readonly identity: EnclaveIdentity;
  readonly pck: Certificate;
  readonly lists: readonly UsedList[];
  readonly authorities: readonly string[];
  readonly window: TimeWindow;
}

const PCK_CHAIN_COUNT = 3;
const DOCUMENT_CHAIN_COUNT = 2;

function listOf(encoded: Uint8Array, name: string): RevocationList {
  expect(encoded.length > 0, 'collateral_missing', `${name} is empty`);
  return parseRevocationList(encoded);
}

/** Verifies a chain of exactly `count` certificates to Intel's root. */
function intelChain(
  encoded: readonly Uint8Array[],
  count: number,
  name: string,
  context: VerificationContext,
): { readonly chain: CertificateChain; readonly window: TimeWindow } {
  const chain = parseChain(encoded);
  expect(chain.length === count, 'chain', `${name}: expected ${count} certificates, got ${chain.length}`);
  const { primitives, policy } = context;
  const roots = rootsOf(policy);
  const isRoot = (certificate: Certificate): boolean => isPinned(certificate, 'intel', { roots, primitives });
  return { chain, window: verifyChain({ chain, primitives, isRoot, isWholeRootPinned: true, name }) };
}

/** Verifies a document up to Intel's root, without its list. Answers the signer and when the chain is valid. */
export function verifySignedDocument(
  document: SignedDocument,
  name: string,
  context: VerificationContext,
): { readonly signer: Certificate; readonly window: TimeWindow } {
  expect(document.bytes.length <= ATTESTATION_LIMITS.documentBytesMax, 'too_large', name);
  const { chain, window } = intelChain(document.chain, DOCUMENT_CHAIN_COUNT, `${name} chain`, context);
  const key = chain[0].publicKey;
  if (key.type !== 'ec' || key.curve !== 'p256') refuse('unsupported', `${name}: key`);
  const { bytes: message, signature } = document;
  const { primitives } = context;
  const holds = primitives.verifyEcdsa({
    curve: 'p256',
    hash: 'sha256',
    publicKey: key.point,
    message,
    signature,
  });
  expect(holds, 'signature', name);
  return { signer: chain[0], window };
}

function assertDocument(
  document: SignedDocument,
  name: string,
  rootList: RevocationList,
  context: VerificationContext,
): TimeWindow {
  const { signer, window } = verifySignedDocument(document, name, context);
  expect(!isRevoked(rootList, signer), 'revoked', `${name}: signing certificate`);
  return window;
}

/** Verifies the platform's chain and everything that Intel publishes about it, lists first. */
export function verifyIntelCollateral(
  pckChain: readonly Uint8Array[],
  collateral: IntelCollateral,
  kind: 'sgx' | 'tdx',
  context: VerificationContext,
): VerifiedCollateral {
  const { primitives } = context;
  const rootList = listOf(collateral.rootList, 'the list of the root');
  const platformList = listOf(collateral.platformList, 'the list of the platform authority');
  const pck = intelChain(pckChain, PCK_CHAIN_COUNT, 'PCK chain', context);
  const [leaf, authority, root] = pck.chain;
  if (authority === undefined || root === undefined) refuse('chain', 'PCK chain');
  assertRevocationList({ list: rootList, issuer: root, primitives });
  assertRevocationList({ list: platformList, issuer: authority, primitives });
  expect(!isRevoked(rootList, authority), 'revoked', 'platform authority');
  expect(!isRevoked(platformList, leaf), 'revoked', 'platform certificate');
  const infoWindow = assertDocument(collateral.tcbInfo, 'TCB info', rootList, context);
  const identityWindow = assertDocument(collateral.enclaveIdentity, 'enclave identity', rootList, context);
  const info = readTcbInfo(collateral.tcbInfo.bytes, kind);
  const identity = readEnclaveIdentity(collateral.enclaveIdentity.bytes, kind);
  const window = intersectWindows([
    pck.window,
    rootList.window,
    platformList.window,
    infoWindow,
    identityWindow,
    info.window,
    identity.window,
  ]);
  const lists = [identifyList(rootList, root, primitives), identifyList(platformList, authority, primitives)];
  const authorities = authoritiesOf([pck.chain], primitives);
  return { info, identity, pck: leaf, lists, authorities, window };
}
