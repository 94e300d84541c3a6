import { equalBytes } from '../../bytes/bytes.ts';
import { asInteger, bytesToJsonRecord } from '../encoding/json.ts';
import { expect } from '../refusal.ts';
import { type DocumentHead, readDocumentHead, readHexBytes } from './document.ts';
import { type IsvLevel, readIsvLevels } from './isv-levels.ts';
import type { EnclaveReport } from './quote-body.ts';

/** Intel's statement on which quoting enclave may sign, and which of its versions are current. */
export interface EnclaveIdentity extends DocumentHead {
  readonly miscSelect: Uint8Array;
  readonly miscSelectMask: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly signer: Uint8Array;
  readonly productId: number;
  readonly levels: readonly IsvLevel[];
}

const IDS = { sgx: 'QE', tdx: 'TD_QE' } as const;
const VERSION = 2;

/** Reads version 2 of the document. The signature over `bytes` must have been checked before. */
export function readEnclaveIdentity(bytes: Uint8Array, kind: 'sgx' | 'tdx'): EnclaveIdentity {
  const record = bytesToJsonRecord(bytes, 'enclave identity');
  const head = readDocumentHead(record);
  expect(head.id === IDS[kind], 'collateral_mismatch', `enclave identity for ${head.id.slice(0, 20)}`);
  expect(head.version === VERSION, 'unsupported', `enclave identity version ${head.version}`);
  return {
    ...head,
    miscSelect: readHexBytes(record, 'miscselect', 4),
    miscSelectMask: readHexBytes(record, 'miscselectMask', 4),
    attributes: readHexBytes(record, 'attributes', 16),
    attributesMask: readHexBytes(record, 'attributesMask', 16),
    signer: readHexBytes(record, 'mrsigner', 32),
    productId: asInteger(record.isvprodid, 65_535, 'isvprodid'),
    levels: readIsvLevels(record),
  };
}

/** Whether `actual` under `mask` is `expected`. */
export const equalsMasked = (actual: Uint8Array, mask: Uint8Array, expected: Uint8Array): boolean =>
  expected.every((byte, i) => ((actual[i] ?? 0) & (mask[i] ?? 0)) === byte);

/** Refuses (`collateral_mismatch`) a quoting enclave that is not the one of the document. */
export function assertQuotingEnclave(report: EnclaveReport, identity: EnclaveIdentity): void {
  const isSame =
    equalBytes(report.signer, identity.signer) &&
    report.productId === identity.productId &&
    equalsMasked(report.miscSelect, identity.miscSelectMask, identity.miscSelect) &&
    equalsMasked(report.attributes, identity.attributesMask, identity.attributes);
  expect(isSame, 'binding', 'the quoting enclave is not the one that Intel names');
}
