import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { intersectWindows } from '../encoding/time.ts';
import { type Finding, objectionsOf, type VerificationContext } from '../facts.ts';
import { rootsOf } from '../policy.ts';
import { expect } from '../refusal.ts';
import { isPinned, type RootRole } from '../roots.ts';
import { SCORE_CPU } from '../score.ts';
import type { Certificate } from '../x509/certificate.ts';
import { authoritiesOf, parseChain, rootOf, verifyChain } from '../x509/chain.ts';
import { checkRevocation } from '../x509/revocation.ts';
import { readSnpLeaf, type SnpLeaf } from './snp-certificate.ts';
import { objectToFirmware } from './snp-policy.ts';
import { parseSnpReport, type SnpReport } from './snp-report.ts';
import { readSnpTcb, SNP_TCB_PARTS, type SnpProduct } from './snp-tcb.ts';

/** A report and the chain of the key that signed it: leaf, its authority, AMD's root of the generation (DER). */
export interface SnpEvidence {
  readonly kind: 'snp';
  readonly report: Uint8Array;
  readonly chain: readonly Uint8Array[];
}

const CHAIN_COUNT = 3;
const ROLES: Readonly<Record<SnpProduct, RootRole>> = {
  Milan: 'amd-milan',
  Genoa: 'amd-genoa',
  Turin: 'amd-turin',
};

const PRODUCTS: readonly SnpProduct[] = ['Milan', 'Genoa', 'Turin'];

/** Refuses unless chip, generation and firmware level are the same in the report and in the certificate. */
function assertBinding(report: SnpReport, leaf: SnpLeaf): void {
  expect(report.keyKind === leaf.kind, 'binding', 'the report names another kind of signing key');
  expect(report.product === undefined || report.product === leaf.product, 'binding', 'another generation');
  const reported = readSnpTcb(report.reportedTcb, leaf.product);
  const isSameLevel = SNP_TCB_PARTS.every((part) => reported[part] === leaf.tcb[part]);
  expect(isSameLevel, 'binding', 'the reported firmware level is not that of the certificate');
  const { hardwareId } = leaf;
  if (hardwareId === undefined || isZeroBytes(report.chipId)) return;
  const isSameChip =
    equalBytes(report.chipId.subarray(0, hardwareId.length), hardwareId) &&
    isZeroBytes(report.chipId.subarray(hardwareId.length));
  expect(isSameChip, 'binding', 'the report is of another chip');
}

/** The chip's identity: from the certificate, else from the signed report, else it is masked. */
function deviceIdOf(report: SnpReport, leaf: SnpLeaf): string | undefined {
  if (leaf.hardwareId !== undefined) return bytesToHex(leaf.hardwareId);
  return isZeroBytes(report.chipId) ? undefined : bytesToHex(report.chipId);
}

/** Verifies an SEV-SNP report under AMD's roots. About 3 RSA and 1 ECDSA verification. */
export function verifySnp(
  evidence: SnpEvidence,
  { lists }: { readonly lists: readonly Uint8Array[] },
  { policy, primitives }: VerificationContext,
): Finding {
  const report = parseSnpReport(evidence.report);
  const chain = parseChain(evidence.chain);
  expect(chain.length === CHAIN_COUNT, 'chain', `SNP chain: expected 3 certificates, got ${chain.length}`);
  const roots = rootsOf(policy);
  const productsOf = (root: Certificate): readonly SnpProduct[] =>
    PRODUCTS.filter((product) => isPinned(root, ROLES[product], { roots, primitives }));
  const isRoot = (certificate: Certificate): boolean => productsOf(certificate).length > 0;
  const window = verifyChain({ chain, primitives, isRoot, isWholeRootPinned: true, name: 'SNP chain' });
  const leaf = readSnpLeaf(chain[0]);
  expect(productsOf(rootOf(chain)).includes(leaf.product), 'chain', 'the root is of another generation');
  const revocation = checkRevocation({
    // AMD lists its authorities; chip and cloud keys are on no list.
    chains: [{ chain, answeredFrom: 1 }],
    lists,
    primitives,
    isUsageWaived: true,
  });
  const key = chain[0].publicKey;
  expect(key.type === 'ec' && key.curve === 'p384', 'unsupported', 'SNP certificate: key');
  const { signedBytes: message, signature } = report;
  const holds = primitives.verifyEcdsa({
    curve: 'p384',
    hash: 'sha384',
    publicKey: key.point,
    message,
    signature,
  });
  expect(holds, 'signature', 'report signature');
  assertBinding(report, leaf);

  const others = objectionsOf([
    [report.vmpl > policy.snp.vmplMax, 'policy', `privilege level ${report.vmpl}`],
    [
      report.allowsMigrationAgent && !policy.snp.allowsMigrationAgent,
      'policy',
      'a migration agent is allowed',
    ],
    [
      policy.requiresRevocationLists && !revocation.isComplete,
      'collateral_missing',
      'revocation list of the root',
    ],
  ]);
  return {
    objections: [...objectToFirmware(report, leaf.tcb, leaf.product, policy), ...others],
    facts: {
      kind: 'snp',
      devices: [{ id: deviceIdOf(report, leaf), nonce: report.reportData.slice(0, 32) }],
      measurement: report.measurement.slice(),
      registers: [],
      signer: report.idKeyDigest.slice(),
      productId: undefined,
      securityVersion: report.guestSvn,
      bindings: { hostData: report.hostData.slice(), platformInfo: report.platformInfo.slice() },
      reportData: report.reportData.slice(),
      isDebug: report.isDebug,
      tcbStatus: undefined,
      advisories: [],
      tcbEvaluationDataNumber: undefined,
      lists: revocation.used,
      authorities: authoritiesOf([chain], primitives),
      window: intersectWindows([window, ...revocation.windows]),
      trustScore: SCORE_CPU,
      gpus: [],
      details: {
        product: leaf.product,
        signingKey: leaf.kind,
        vmpl: String(report.vmpl),
        hostData: bytesToHex(report.hostData),
        platformInfo: bytesToHex(report.platformInfo),
        tcb: SNP_TCB_PARTS.map((part) => `${part} ${leaf.tcb[part]}`).join(', '),
      },
    },
  };
}
