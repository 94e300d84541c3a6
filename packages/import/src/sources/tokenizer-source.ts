import { AivmError } from '@aivm/core/errors';
import { createWordPiece, type WordPiece } from '@aivm/core/network';
import { readTokenizer, type SourceTokenizer } from '../checkpoints/read-tokenizer.ts';
import type { Tokenize } from '../files/samples.ts';
import type { FloatModel } from './float-model.ts';

/**
 * The tokenizer that an encoder is to carry, held against its vocabulary.
 * @param path of the model; a checkpoint's own folder may have one
 * @param folder where it is instead, if that is said
 * @throws AivmError `import_refused` where the named folder has none that a network can carry
 */
export async function openTokenizer(
  path: string,
  { graph, format }: FloatModel,
  folder: string | undefined,
): Promise<{ readonly tokenizer?: SourceTokenizer; readonly remarks: readonly string[] }> {
  if (graph.form !== 'encoder' || (folder === undefined && format === 'onnx')) return { remarks: [] };
  const { tokenizer, remark } = await readTokenizer(folder ?? path);
  if (tokenizer === undefined && folder !== undefined)
    throw new AivmError('import_refused', remark ?? `${folder}: it has neither tokenizer.json nor vocab.txt`);
  if (tokenizer === undefined) return { remarks: remark === undefined ? [] : [remark] };
  const { size } = wordPieceOf(tokenizer);
  if (size > graph.vocabulary)
    throw new AivmError(
      'import_refused',
      `${folder ?? path}: the tokenizer has ${size} tokens; the model has ${graph.vocabulary}`,
    );
  return { tokenizer, remarks: [] };
}

function wordPieceOf({ vocabulary, rules }: SourceTokenizer): WordPiece {
  try {
    return createWordPiece(new TextDecoder().decode(vocabulary).replace(/\n$/, '').split('\n'), rules);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new AivmError('import_refused', `tokenizer: ${cause.message}`, { cause });
  }
}

const BYTE_VOCABULARY = 256;

/** How samples that are texts become tokens. */
export function tokenizeWith(
  { graph }: FloatModel,
  tokenizer: SourceTokenizer | undefined,
): Tokenize | undefined {
  if (tokenizer !== undefined) return wordPieceOf(tokenizer).encode;
  const takesBytes = graph.form !== 'map' && graph.vocabulary === BYTE_VOCABULARY;
  return takesBytes ? (text) => [...new TextEncoder().encode(text)] : undefined;
}
