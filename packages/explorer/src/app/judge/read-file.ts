import { bytesToUtf8 } from '@aivm/core/bytes';
import { createNetwork } from '@aivm/core/network';
import {
  type ConvictionVerdict,
  parseJson,
  passOfTask,
  type ReceiptFile,
  type ReceiptVerdict,
  receiptFileFromJson,
  type StateVerdict,
  verifyConviction,
  verifyReceipt,
  verifyStateProofFile,
} from '@aivm/sdk';
import { type ElementView, viewElement } from './element.ts';
import { pathOfReceipt, type ReceiptPath } from './receipt-path.ts';

/** What a file shows, computed in this browser. */
export type FileVerdict =
  | {
      readonly kind: 'receipt';
      readonly file: ReceiptFile;
      readonly verdict: ReceiptVerdict;
      readonly path: ReceiptPath;
    }
  | { readonly kind: 'state'; readonly verdict: StateVerdict }
  | { readonly kind: 'conviction'; readonly verdict: ConvictionVerdict; readonly element: ElementView };

/** No file that is written for this is larger. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** The verdict about a receipt file. */
export const judgeReceipt = (file: ReceiptFile): FileVerdict => ({
  kind: 'receipt',
  file,
  verdict: verifyReceipt(file),
  path: pathOfReceipt(file),
});

function judgeConviction(bytes: Uint8Array): FileVerdict {
  const verdict = verifyConviction(bytes);
  const { network, input } = passOfTask(verdict.conviction);
  const witness = { ...verdict.conviction, ownRoot: new Uint8Array(32), salt: new Uint8Array(32) };
  const none = new Uint8Array(0);
  const element = viewElement(
    createNetwork(network.header, network.size),
    input,
    { ...witness, ownLeaf: none, ownSiblings: none },
    verdict,
  );
  return { kind: 'conviction', verdict, element };
}

const isStateProof = (json: unknown): boolean => {
  const { proof, key } = Object(json) as { readonly proof?: unknown; readonly key?: unknown };
  return proof !== undefined && key !== undefined;
};

/**
 * Reads a receipt file, a state proof or a conviction file and checks it, offline.
 * @throws AivmError or RangeError that says what the bytes are not
 */
export function judgeFile(bytes: Uint8Array): FileVerdict {
  if (bytes.length > FILE_BYTES_MAX)
    throw new RangeError(
      `the file has ${bytes.length.toLocaleString('en')} bytes; this page reads at most ${FILE_BYTES_MAX.toLocaleString('en')}`,
    );
  const text = bytesToUtf8(bytes);
  if (text === undefined || !text.trimStart().startsWith('{')) return judgeConviction(bytes);
  const json = parseJson(text);
  return isStateProof(json)
    ? { kind: 'state', verdict: verifyStateProofFile(json) }
    : judgeReceipt(receiptFileFromJson(json));
}
