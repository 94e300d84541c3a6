import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { CHUNK_SIZE, type HeaderTokenizer, openTokenizer, type WordPiece } from '@aivm/core/network';
import type { Client } from '../client/create-client.ts';
import type { ModelInfo } from '../schemas/model.ts';
import type { NetworkFacts } from './network-facts.ts';

/** The tokens of a text. */
export type Tokenize = (text: string) => Promise<readonly number[]>;

/** Bytes of a network's weights from `place` on, each chunk of which leads to their hash. */
async function readPart(
  client: Client,
  { weight_hash: hash }: ModelInfo,
  { blobBytes }: NetworkFacts,
  { place, bytes }: HeaderTokenizer,
): Promise<Uint8Array> {
  const part = new Uint8Array(bytes);
  const offset = Math.floor(place / CHUNK_SIZE) * CHUNK_SIZE;
  for await (const piece of client.fetchBlob({ hash, size: blobBytes, offset })) {
    const from = Math.max(place, piece.offset);
    const to = Math.min(place + bytes, piece.offset + piece.bytes.length);
    if (from < to) part.set(piece.bytes.subarray(from - piece.offset, to - piece.offset), from - place);
    if (to >= place + bytes) break;
  }
  return part;
}

function byteTokens(text: string): readonly number[] {
  try {
    return [...utf8ToBytes(text)];
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new AivmError('invalid_input', `input: ${cause.message}`, { cause });
  }
}

/**
 * Makes tokens of texts as the models say. A vocabulary is read once: it is part of the weights that a model names, and is
 * held against their hash.
 */
export function createTextTokens(client: Client): (info: ModelInfo, network: NetworkFacts) => Tokenize {
  const opened = new Map<string, Promise<WordPiece>>();
  const open = async (
    info: ModelInfo,
    network: NetworkFacts,
    tokenizer: HeaderTokenizer,
  ): Promise<WordPiece> => {
    const key = `${bytesToHex(info.hash)}${bytesToHex(info.weight_hash)}`;
    const known =
      opened.get(key) ??
      readPart(client, info, network, tokenizer).then((bytes) => openTokenizer(network, tokenizer, bytes));
    opened.set(key, known);
    return known.catch((error: unknown) => {
      opened.delete(key);
      throw error;
    });
  };

  return (info, network) => async (text) => {
    const { tokenizer, isText } = network;
    if (!isText) throw new AivmError('invalid_input', `input: a text; model "${info.id}" takes no texts`);
    if (tokenizer === undefined) return byteTokens(text);
    return (await open(info, network, tokenizer)).encode(text);
  };
}
