import { type BlockHeader, blockId } from '@aivm/core/block';
import { equalBytes } from '@aivm/core/bytes';
import { AivmError, type ErrorCode } from '@aivm/core/errors';
import { verifyStateProof } from '@aivm/core/state';
import { decodeJson } from '../schemas/decode.ts';
import { type StateProofFile, stateProofFileSchema } from '../schemas/proof.ts';

/** What a state proof shows, or why it shows nothing. */
export type StateVerdict =
  | {
      readonly isValid: true;
      readonly key: Uint8Array;
      /** The value, or undefined where the state holds nothing under the key. */
      readonly value: Uint8Array | undefined;
      readonly header: BlockHeader;
      readonly blockId: Uint8Array;
    }
  | { readonly isValid: false; readonly code: ErrorCode; readonly detail: string };

const refused = (code: ErrorCode, detail: string): StateVerdict => ({ isValid: false, code, detail });

/**
 * Checks offline what a state holds under a key, against the header in the file. As with a receipt file, that the chain
 * accepted this header is for the caller to know.
 * @param file the parsed JSON that `GET /state/:key/proof` answers.
 * @example verifyStateProofFile(stateProofFileToJson(await client.getStateProof(stateKeys.chain()))).isValid // true
 */
export function verifyStateProofFile(
  file: unknown,
  options: { readonly trustedBlockId?: Uint8Array } = {},
): StateVerdict {
  let content: StateProofFile;
  try {
    content = decodeJson(stateProofFileSchema, file, 'file');
  } catch (error) {
    if (error instanceof AivmError) return refused(error.code, error.detail);
    throw error;
  }
  return verifyStateFact(content, options);
}

/**
 * As {@link verifyStateProofFile}, of a file that was parsed already, as the client gives it.
 * @example verifyStateFact(await client.getStateProof(stateKeys.chain())).isValid // true
 */
export function verifyStateFact(
  file: StateProofFile,
  options: { readonly trustedBlockId?: Uint8Array } = {},
): StateVerdict {
  const { chainId, key, value, proof, header } = file;
  if (header.chainId !== chainId)
    return refused('wrong_chain', `the header is of chain ${header.chainId}, not ${chainId}`);
  if (!verifyStateProof({ root: header.stateRoot, key, value, proof })) {
    return refused('malformed', 'the proof does not lead from the key to the state root of the header');
  }
  const id = blockId(header);
  if (options.trustedBlockId !== undefined && !equalBytes(options.trustedBlockId, id)) {
    return refused('malformed', 'the header is not the one of the trusted block');
  }
  return { isValid: true, key, value, header, blockId: id };
}
