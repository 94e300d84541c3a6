import { bytesToHex, type Codec } from '@aivm/core/bytes';
import {
  EIP712_DOMAIN,
  OPERATIONS,
  type OperationName,
  operationCodec,
  operationTypeString,
  type TypedOperation,
  type UnsignedTransaction,
} from '@aivm/core/tx';

/** One member of an EIP-712 struct. */
export interface TypedMember {
  readonly name: string;
  readonly type: string;
}

/** What `eth_signTypedData_v4` and every EIP-712 library take. */
export interface TypedData {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: bigint;
    /** The chain's genesis hash. */
    readonly salt: Uint8Array;
  };
  readonly types: Readonly<Record<string, readonly TypedMember[]>>;
  readonly primaryType: string;
  readonly message: Readonly<Record<string, unknown>>;
}

function collectTypes(
  codec: Codec<unknown>,
  types: Record<string, TypedMember[]>,
  first: TypedMember[],
): void {
  types[codec.typeName] = [
    ...first,
    ...(codec.members ?? []).map((member) => ({ name: member.name, type: member.codec.typeName })),
  ];
  for (const member of codec.members ?? []) {
    const inner = member.codec.element ?? member.codec;
    if (inner.members !== undefined) collectTypes(inner, types, []);
  }
}

/**
 * A transaction as EIP-712 typed data, for wallets that keep their key to themselves. Join their signature to it with
 * `assembleTransaction`. Bytes are Uint8Array and integers bigint or number, as the codecs have them.
 * @example typedDataOf(tx).domain.chainId // tx.chainId
 */
export function typedDataOf(tx: UnsignedTransaction): TypedData {
  const { kind, ...value } = tx.operation;
  return typedDataOfStruct({ ...tx, codec: operationCodec(kind), value });
}

function typedDataOfStruct(typed: TypedOperation): TypedData {
  const { codec, chainId, genesisHash, nonce, expiry, value } = typed;
  const types: Record<string, TypedMember[]> = {};
  collectTypes(codec, types, [
    { name: 'nonce', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
  ]);
  return {
    domain: { ...EIP712_DOMAIN, chainId, salt: genesisHash },
    types,
    primaryType: codec.typeName,
    message: { nonce, expiry, ...(value as object) },
  };
}

/** A value as JSON-RPC carries it: bytes as 0x-hex, integers as decimal text. */
function toWalletValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return `0x${bytesToHex(value)}`;
  if (typeof value === 'bigint' || typeof value === 'number') return value.toString();
  if (Array.isArray(value)) return value.map(toWalletValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toWalletValue(item)]));
}

const DOMAIN_TYPES: readonly TypedMember[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'salt', type: 'bytes32' },
];

/** Typed data of a transaction in JSON values alone. */
export interface WalletTypedData {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: string;
    /** 0x and 64 hex digits. */
    readonly salt: `0x${string}`;
  };
  readonly types: Readonly<Record<string, readonly TypedMember[]>>;
  readonly primaryType: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/**
 * A transaction as wallets take it: `JSON.stringify` of it is the second parameter of `eth_signTypedData_v4`, and viem,
 * ethers and MetaMask's eth-sig-util take the object. Join the signature to the transaction with `assembleTransaction`.
 * @example JSON.stringify(walletTypedDataOf(tx))
 */
export function walletTypedDataOf(tx: UnsignedTransaction): WalletTypedData {
  return walletDataOf(typedDataOf(tx));
}

/** A struct that is no operation, as wallets take it. */
export const walletTypedDataOfStruct = (typed: TypedOperation): WalletTypedData =>
  walletDataOf(typedDataOfStruct(typed));

function walletDataOf({ domain, types, primaryType, message }: TypedData): WalletTypedData {
  return {
    domain: toWalletValue(domain) as WalletTypedData['domain'],
    types: { EIP712Domain: DOMAIN_TYPES, ...types },
    primaryType,
    message: toWalletValue(message) as WalletTypedData['message'],
  };
}

/**
 * The EIP-712 type string of every operation. They are what people sign, so they never change.
 * @example operationTypes().heartbeat // 'Heartbeat(uint64 nonce,uint64 expiry,string id)'
 */
export const operationTypes = (): Readonly<Record<OperationName, string>> =>
  Object.fromEntries(
    (Object.keys(OPERATIONS) as OperationName[]).map((name) => [
      name,
      operationTypeString(operationCodec(name)),
    ]),
  ) as Record<OperationName, string>;
