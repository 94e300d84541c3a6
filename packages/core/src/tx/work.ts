import { KIND_NUMBER } from '../attestation/kinds.ts';
import { attestationWork, vendorDocumentWork } from '../attestation/work.ts';
import { CollateralKind } from '../state/records/collateral.ts';
import type { OperationOf } from './operations/definitions.ts';
import type { Transaction } from './transaction.ts';

/** Work units of every transaction: parsing, one signature recovery, the account. 1 unit ≈ 1 µs of noble. */
const BASE = 400;
/** Bytes that are hashed, stored and served cost one unit per 64. */
const BYTES_PER_UNIT = 64;
/** Records, devices and lists that evidence touches, beside its verification. */
const ATTESTATION_RECORDS = 1_000;

type Fixed = Exclude<Transaction['operation']['kind'], 'submitCollateral' | 'submitAttestation'>;

const EXTRA: Readonly<Record<Fixed, number>> = {
  transfer: 0,
  registerProvider: 600,
  updateProvider: 200,
  heartbeat: 0,
  addBond: 0,
  beginUnbond: 200,
  withdrawBond: 100,
  registerModel: 1_600,
  updateModelWeights: 1_600,
  updateModelLicense: 200,
  transferModel: 200,
  submitTask: 300,
  cancelTask: 100,
  submitResult: 200,
  commitResult: 200,
  revealResult: 1_000,
  challenge: 1_600,
  claimRewards: 100,
};

const DOCUMENT_KINDS = {
  [CollateralKind.revocationList]: 'revocationList',
  [CollateralKind.tcbInfo]: 'tcbInfo',
  [CollateralKind.enclaveIdentity]: 'enclaveIdentity',
  [CollateralKind.manifest]: 'manifest',
} as const;

/** An unknown kind is refused before it is looked at; it is charged as the dearest one. */
const collateralWork = ({ documentKind, body, chain }: OperationOf<'submitCollateral'>): number =>
  vendorDocumentWork(DOCUMENT_KINDS[documentKind as CollateralKind] ?? 'revocationList', { body, chain });

/** As if every cited document were used by every piece of evidence: the transaction alone does not say which is whose. */
function evidenceWork(operation: OperationOf<'submitAttestation'>): number {
  const sized = ({ size }: { readonly size: number }) => ({ length: size });
  const lists = operation.lists.map(sized);
  const rims = operation.manifests.map(sized);
  const listBytes = { length: operation.lists.reduce((sum, { size }) => sum + size, 0) };
  const [tcbInfo = { length: 0 }, identity = { length: 0 }] = operation.documents.map(sized);
  const processors = operation.processors.map(({ kind, report, chain }) => {
    if (kind === KIND_NUMBER.snp) return attestationWork({ kind: 'snp', report, chain }, { lists });
    const documents = { tcbInfo: { bytes: tcbInfo }, enclaveIdentity: { bytes: identity } };
    const intel = { rootList: listBytes, platformList: { length: 0 }, ...documents };
    return attestationWork({ kind: 'tdx', quote: report }, { intel });
  });
  const { gpus } = operation;
  const graphics = gpus.length === 0 ? 0 : attestationWork({ kind: 'nvidia', gpus }, { lists, rims });
  const statements = operation.statements.length * attestationWork({ kind: 'software' });
  return processors.reduce((sum, work) => sum + work, graphics + statements) + ATTESTATION_RECORDS;
}

/** A second signature to recover. */
const SESSION_SIGNATURE = 400;

function extraOf(operation: Transaction['operation']): number {
  if (operation.kind === 'submitCollateral') return collateralWork(operation);
  if (operation.kind === 'submitAttestation') return evidenceWork(operation);
  const isSignedTwice = operation.kind === 'submitResult' && operation.sessionSignature.length > 0;
  return EXTRA[operation.kind] + (isSignedTwice ? SESSION_SIGNATURE : 0);
}

/**
 * Work units of a transaction, from its operation and size alone: what it costs and how much of a block it fills. Sizes
 * of cited documents count as they are cited; a wrong one refuses the operation.
 */
export const transactionWork = (tx: Pick<Transaction, 'operation' | 'bytes'>): number =>
  BASE + extraOf(tx.operation) + Math.ceil(tx.bytes.length / BYTES_PER_UNIT);
