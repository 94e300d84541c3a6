import {
  type Codec,
  EIP712_DOMAIN,
  OPERATIONS,
  type OperationName,
  operationCodec,
  operationTypeString,
  type UnsignedTransaction,
} from '@aivm/core';

/** One member of an EIP-712 struct. */
export interface TypedMember {
  readonly name: string;
  readonly type: string;
}

/** What `eth_signTypedData_v4` and every EIP-712 library take. */
export interface TypedData {
  readonly domain: { readonly name: string; readonly version: string; readonly chainId: bigint };
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
 */
export function typedDataOf(tx: UnsignedTransaction): TypedData {
  const codec = operationCodec(tx.operation.kind);
  const types: Record<string, TypedMember[]> = {};
  collectTypes(codec, types, [{ name: 'nonce', type: 'uint64' }]);
  const { kind, ...members } = tx.operation;
  return {
    domain: { ...EIP712_DOMAIN, chainId: tx.chainId },
    types,
    primaryType: codec.typeName,
    message: { nonce: tx.nonce, ...members },
  };
}

/** The EIP-712 type string of every operation. They are what people sign, so they never change. */
export const operationTypes = (): Readonly<Record<OperationName, string>> =>
  Object.fromEntries(
    (Object.keys(OPERATIONS) as OperationName[]).map((name) => [
      name,
      operationTypeString(operationCodec(name)),
    ]),
  ) as Record<OperationName, string>;
