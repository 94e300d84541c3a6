import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  evaluatePolynomial,
  type HeaderTokenizer,
  type NetworkHeader,
  parseNetworkHeader,
  tokenizerOfHeader,
} from '@aivm/core/network';
import {
  NETWORK_FORMS,
  type NetworkRecord,
  readNetwork,
  readNetworkHeader,
  type StateReader,
  stateKeys,
} from '@aivm/core/state';
import type { Client } from '../client/create-client.ts';
import { verifyStateFact } from '../verify/state-proof-file.ts';

/** Bytes of a token, as inputs and outputs carry it: u32, little-endian. */
const TOKEN_BYTES = 4;
/** The vocabulary of networks whose tokens are the bytes of UTF-8 text. */
const BYTE_VOCABULARY = 256;

/** What a program asks of an integer network, as the state proves it. */
export interface NetworkFacts {
  /** A map takes bytes, an encoder a text, a decoder a text that it continues. */
  readonly form: (typeof NETWORK_FORMS)[number];
  /** Most rows: of a text, prompt + new tokens − 1. */
  readonly maxT: number;
  /** Tokens are below it; 0 for a map. */
  readonly vocabulary: number;
  readonly endTokens: readonly number[];
  /** Most tokens that a decoder posts; 0 for the other forms. */
  readonly maxNew: number;
  /** Bytes of a map's input. */
  readonly inputBytes: number;
  /** Whether it takes texts: its tokens are the bytes of UTF-8, or its header names a tokenizer. */
  readonly isText: boolean;
  /** What makes tokens of texts, where those are not their bytes. */
  readonly tokenizer: HeaderTokenizer | undefined;
  /** Bytes of its weights. */
  readonly blobBytes: number;
  /** Work of one answer: `prompt` tokens and `added` new ones. */
  workOf(prompt: number, added: number): bigint;
}

/** The state that holds only `key`, as a proof shows it. @throws AivmError `malformed` for a proof that does not hold */
export async function proveKey(client: Client, key: Uint8Array): Promise<StateReader> {
  const verdict = verifyStateFact(await client.getStateProof(key));
  if (!verdict.isValid) throw new AivmError('malformed', `${client.url}: state proof: ${verdict.detail}`);
  if (!equalBytes(verdict.key, key))
    throw new AivmError('malformed', `${client.url}: state proof: of another key than was asked for`);
  return { get: () => verdict.value };
}

function textSize(form: NetworkFacts['form'], prompt: number, added: number) {
  if (form === 'map') return { T: 1, N: 0 };
  return form === 'encoder' ? { T: prompt, N: 0 } : { T: prompt + added - 1, N: added };
}

function factsOf(record: NetworkRecord, tokenizer: HeaderTokenizer | undefined): NetworkFacts {
  const form = NETWORK_FORMS[record.form];
  if (form === undefined)
    throw new AivmError('not_supported', `network form ${record.form}: newer than this program`);
  const { maxT, vocabulary, endTokens, maxNew, inputBytes, blobBytes } = record;
  return {
    ...{ form, maxT, vocabulary, endTokens, maxNew, inputBytes, blobBytes, tokenizer },
    isText: vocabulary === BYTE_VOCABULARY || tokenizer !== undefined,
    workOf: (prompt, added) => evaluatePolynomial(record.work, textSize(form, prompt, added)),
  };
}

/** @throws AivmError `not_found` where the state has no such network */
export async function readNetworkFacts(client: Client, modelRoot: Uint8Array): Promise<NetworkFacts> {
  const record = readNetwork(await proveKey(client, stateKeys.network(modelRoot)), modelRoot);
  if (record === undefined)
    throw new AivmError('not_found', 'the state has no network under this model root');
  const isEncoder = NETWORK_FORMS[record.form] === 'encoder';
  return factsOf(record, isEncoder ? await readTokenizer(client, modelRoot) : undefined);
}

/** What a header says of a tokenizer; one that makes no sense is none, and the network takes tokens. */
async function readTokenizer(client: Client, modelRoot: Uint8Array): Promise<HeaderTokenizer | undefined> {
  const header = await readHeader(client, modelRoot);
  try {
    return tokenizerOfHeader(header);
  } catch (error) {
    if (error instanceof AivmError) return undefined;
    throw error;
  }
}

/** The header of a network, which says what its output is made of. */
export async function readHeader(client: Client, modelRoot: Uint8Array): Promise<NetworkHeader> {
  const bytes = readNetworkHeader(await proveKey(client, stateKeys.networkHeader(modelRoot)), modelRoot);
  if (bytes === undefined)
    throw new AivmError('not_found', 'the state has no network header under this model root');
  return parseNetworkHeader(bytes);
}

/** Bytes of tokens, as a task's input and output carry them. */
export function tokensToBytes(tokens: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(tokens.length * TOKEN_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < tokens.length; i++) view.setUint32(i * TOKEN_BYTES, tokens[i] as number, true);
  return bytes;
}

/** The tokens in `bytes`. @throws AivmError `malformed` for a part of one */
export function bytesToTokens(bytes: Uint8Array): readonly number[] {
  if (bytes.length % TOKEN_BYTES !== 0)
    throw new AivmError('malformed', `tokens: ${bytes.length} bytes; a token has ${TOKEN_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / TOKEN_BYTES }, (_, i) => view.getUint32(i * TOKEN_BYTES, true));
}
