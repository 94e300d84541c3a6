import { concatBytes } from '../bytes/bytes.ts';
import { type Codec, parse, serialize } from '../bytes/codec/codec.ts';
import { bytes32, u64 } from '../bytes/codec/primitives.ts';
import { Reader } from '../bytes/codec/reader.ts';
import { writeBytes } from '../bytes/codec/writer.ts';
import { namedHash } from '../crypto/named-hash.ts';
import { assertLowS, recoverAddress } from '../crypto/secp256k1.ts';
import { AivmError } from '../errors/aivm-error.ts';
import { hashTypedOperation } from './eip712.ts';
import { OPERATIONS, type Operation, type OperationName } from './operations/operations.ts';

const TX_VERSION = 2;
const SIGNATURE_BYTES = 65;
/** No transaction is longer than this; a block's own limit may be lower. */
export const TX_BYTES_MAX = 327_680;

/** What a person signs: one operation, for one chain, at one nonce. */
export interface UnsignedTransaction {
  readonly chainId: bigint;
  /** Hash of the chain's genesis, 32 bytes: two chains with one id do not share transactions. */
  readonly genesisHash: Uint8Array;
  readonly nonce: bigint;
  /** The last height whose block may carry it; 0 for any. */
  readonly expiry: bigint;
  readonly operation: Operation;
}

/** A signed transaction with what follows from its bytes. */
export interface Transaction extends UnsignedTransaction {
  /** The address whose key signed: 20 bytes. */
  readonly sender: Uint8Array;
  /** Hash of all bytes: 32 bytes. */
  readonly id: Uint8Array;
  /** The canonical encoding. */
  readonly bytes: Uint8Array;
}

const NAME_BY_TAG: ReadonlyMap<number, OperationName> = new Map(
  (Object.keys(OPERATIONS) as OperationName[]).map((name) => [OPERATIONS[name].tag, name]),
);

/** The codec of an operation's members, seen without their types. */
export const operationCodec = (name: OperationName): Codec<unknown> =>
  OPERATIONS[name].codec as Codec<unknown>;

/** Canonical bytes of the part that the signature covers: version ‖ tag ‖ chain id ‖ genesis hash ‖ nonce ‖ expiry ‖ members. */
export function serializeUnsignedTransaction(tx: UnsignedTransaction): Uint8Array {
  return writeBytes((writer) => {
    writer.u8(TX_VERSION);
    writer.u8(OPERATIONS[tx.operation.kind].tag);
    u64.write(writer, tx.chainId, 'chainId');
    bytes32.write(writer, tx.genesisHash, 'genesisHash');
    u64.write(writer, tx.nonce, 'nonce');
    u64.write(writer, tx.expiry, 'expiry');
    operationCodec(tx.operation.kind).write(writer, tx.operation, tx.operation.kind);
  });
}

/** The 32-byte EIP-712 digest that a wallet signs for `tx`. */
export const hashTransaction = (tx: UnsignedTransaction): Uint8Array =>
  hashTypedOperation({
    chainId: tx.chainId,
    genesisHash: tx.genesisHash,
    nonce: tx.nonce,
    expiry: tx.expiry,
    codec: operationCodec(tx.operation.kind),
    value: tx.operation,
  });

/** Whether a block at `height` may carry the transaction. */
export const isExpired = ({ expiry }: Pick<UnsignedTransaction, 'expiry'>, height: number): boolean =>
  expiry !== 0n && BigInt(height) > expiry;

/** Wallets write the recovery bit as 27 or 28, as Ethereum once did. */
const V_OFFSET = 27;

/**
 * Joins a body and a signature (r ‖ s ‖ v, 65 bytes) to the bytes that are sent. v is 0, 1, 27 or 28 and is written as 0
 * or 1: a transaction has one encoding.
 * @throws RangeError for another length, AivmError `bad_signature` for another v.
 * @example assembleTransaction(tx, signature) // signed.bytes
 */
export function assembleTransaction(tx: UnsignedTransaction, signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE_BYTES) {
    throw new RangeError(`signature: expected ${SIGNATURE_BYTES} bytes, got ${signature.length}`);
  }
  const v = signature[SIGNATURE_BYTES - 1] as number;
  const yParity = v >= V_OFFSET ? v - V_OFFSET : v;
  if (yParity > 1) throw new AivmError('bad_signature', `signature: v is ${v}, expected 0, 1, 27 or 28`);
  const canonical = signature.slice();
  canonical[SIGNATURE_BYTES - 1] = yParity;
  return concatBytes(serializeUnsignedTransaction(tx), canonical);
}

function readBody(reader: Reader): UnsignedTransaction {
  const version = reader.u8();
  if (version !== TX_VERSION)
    throw new AivmError('malformed', `transaction version ${version}, expected ${TX_VERSION}`);
  const tag = reader.u8();
  const name = NAME_BY_TAG.get(tag);
  if (name === undefined) throw new AivmError('malformed', `transaction: unknown operation tag ${tag}`);
  const chainId = reader.u64();
  const genesisHash = bytes32.read(reader, 'genesisHash');
  const nonce = reader.u64();
  const expiry = reader.u64();
  const members = operationCodec(name).read(reader, name) as object;
  return { chainId, genesisHash, nonce, expiry, operation: { kind: name, ...members } as Operation };
}

function readSigned(bytes: Uint8Array): {
  readonly body: UnsignedTransaction;
  readonly signature: Uint8Array;
} {
  if (!(bytes instanceof Uint8Array))
    throw new TypeError(`transaction: expected Uint8Array, got ${typeof bytes}`);
  if (bytes.length > TX_BYTES_MAX) {
    throw new AivmError('too_large', `transaction: ${bytes.length} bytes, at most ${TX_BYTES_MAX}`);
  }
  const reader = new Reader(bytes);
  const body = readBody(reader);
  if (reader.remaining !== SIGNATURE_BYTES) {
    throw new AivmError(
      'malformed',
      `transaction: ${reader.remaining} bytes of signature, expected ${SIGNATURE_BYTES}`,
    );
  }
  return { body, signature: reader.bytes(SIGNATURE_BYTES) };
}

const show = (body: UnsignedTransaction, sender: Uint8Array, bytes: Uint8Array): Transaction => ({
  ...body,
  sender,
  id: namedHash('Transaction', bytes),
  bytes: bytes.slice(),
});

/**
 * Parses canonical bytes and recovers the sender. Form first, then the signature.
 * @throws AivmError `malformed`, `too_large`, `bad_signature`.
 */
export function parseTransaction(bytes: Uint8Array): Transaction {
  const { body, signature } = readSigned(bytes);
  assertLowS(signature);
  return show(body, recoverAddress(hashTransaction(body), signature), bytes);
}

/**
 * Parses bytes that were parsed before and kept with the sender that they had then: about 1 ms less, and no check of
 * the signature. Only for a node's own database.
 * @throws AivmError `malformed`, `too_large`.
 */
export const parseKnownTransaction = (bytes: Uint8Array, sender: Uint8Array): Transaction =>
  show(readSigned(bytes).body, sender, bytes);

/** Members of an operation from canonical bytes; for tools and tests. */
export const parseOperation = (name: OperationName, bytes: Uint8Array): Operation =>
  ({ kind: name, ...(parse(operationCodec(name), bytes, name) as object) }) as Operation;

/** Canonical bytes of an operation's members. */
export const serializeOperation = (operation: Operation): Uint8Array =>
  serialize(operationCodec(operation.kind), operation, operation.kind);
