import { type BlockHeader, blockId } from '@aivm/core/block';
import { equalBytes } from '@aivm/core/bytes';
import { AivmError, type ErrorCode } from '@aivm/core/errors';
import { type Receipt, receiptLeaf, verifyReceiptProof } from '@aivm/core/state';
import { decodeJson } from '../schemas/decode.ts';
import { type ReceiptFile, receiptFileSchema } from '../schemas/proof.ts';

/** What a receipt file proves, or why it proves nothing. */
export type ReceiptVerdict =
  | {
      readonly isValid: true;
      readonly receipt: Receipt;
      readonly index: number;
      readonly header: BlockHeader;
      /** The id of the block that the proof stands on: a reader that trusts this id can trust the receipt. */
      readonly blockId: Uint8Array;
    }
  | { readonly isValid: false; readonly code: ErrorCode; readonly detail: string };

const refused = (code: ErrorCode, detail: string): ReceiptVerdict => ({ isValid: false, code, detail });

/**
 * Checks a receipt file offline: the receipt is leaf `index` of the `count` receipts that the header commits to, and the
 * header is the block with the id that is returned. That the chain accepted this block is for the caller to know: from a
 * node of one's own, from a checkpoint, from another chain. `trustedBlockId` makes it part of the check.
 * @param file the parsed JSON of the file.
 * @example verifyReceiptFile(receiptFileToJson(file)).isValid // true
 */
export function verifyReceiptFile(
  file: unknown,
  options: { readonly trustedBlockId?: Uint8Array } = {},
): ReceiptVerdict {
  let content: ReceiptFile;
  try {
    content = decodeJson(receiptFileSchema, file, 'file');
  } catch (error) {
    if (error instanceof AivmError) return refused(error.code, error.detail);
    throw error;
  }
  return verifyReceipt(content, options);
}

/**
 * As {@link verifyReceiptFile}, of a file that was parsed already, as the client gives it.
 * @example verifyReceipt(await client.getReceiptProof(0)).isValid // true
 */
export function verifyReceipt(
  file: ReceiptFile,
  options: { readonly trustedBlockId?: Uint8Array } = {},
): ReceiptVerdict {
  const { chainId, receipt, index, count, siblings, header } = file;
  if (header.chainId !== chainId)
    return refused('wrong_chain', `the header is of chain ${header.chainId}, not ${chainId}`);
  if (header.receiptCount !== count) {
    return refused('malformed', `the header counts ${header.receiptCount} receipts, the file ${count}`);
  }
  const leaf = receiptLeaf(receipt);
  if (!verifyReceiptProof({ root: header.receiptsRoot, leaf, index, count, siblings })) {
    return refused('malformed', `the proof does not lead from receipt ${index} to the root of the header`);
  }
  const id = blockId(header);
  if (options.trustedBlockId !== undefined && !equalBytes(options.trustedBlockId, id)) {
    return refused('malformed', 'the header is not the one of the trusted block');
  }
  return { isValid: true, receipt, index, header, blockId: id };
}
