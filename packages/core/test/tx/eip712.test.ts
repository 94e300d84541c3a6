import { bytesToHex, type Codec } from '@aivm/core/bytes';
import {
  EIP712_DOMAIN,
  hashTransaction,
  OPERATIONS,
  type OperationName,
  operationCodec,
  operationTypeString,
} from '@aivm/core/tx';
import fc from 'fast-check';
import { hashTypedData } from 'viem';
import { describe, expect, it } from 'vitest';
import { operationOf } from './operation-arbitrary.ts';

const genesisHash = new Uint8Array(32).fill(5);
const names = Object.keys(OPERATIONS) as OperationName[];

interface Field {
  readonly name: string;
  readonly type: string;
}

/** The types as wallets take them: each struct's members by its name. */
function typesOf(codec: Codec<unknown>, types: Record<string, Field[]> = {}): Record<string, Field[]> {
  const members = codec.members ?? [];
  types[codec.typeName] = members.map((member) => ({ name: member.name, type: member.codec.typeName }));
  for (const { codec: member } of members) {
    const inner = member.element ?? member;
    if (inner.members !== undefined) typesOf(inner, types);
  }
  return types;
}

/** Values as wallets take them: bytes are 0x-hex text. */
function messageOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return `0x${bytesToHex(value)}`;
  if (Array.isArray(value)) return value.map(messageOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, messageOf(member)]));
}

describe('EIP-712', () => {
  it('type strings are part of the protocol', () => {
    const strings = Object.fromEntries(
      names.map((name) => [name, operationTypeString(operationCodec(name))]),
    );
    expect(strings).toMatchSnapshot();
  });

  it.each(names)('the digest of %s is the one that viem signs', (name) => {
    const codec = operationCodec(name);
    const types = typesOf(codec);
    types[codec.typeName]?.unshift({ name: 'nonce', type: 'uint64' }, { name: 'expiry', type: 'uint64' });
    fc.assert(
      fc.property(operationOf(name), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (operation, number) => {
        const { kind: _kind, ...members } = operation;
        const digest = hashTypedData({
          domain: { ...EIP712_DOMAIN, chainId: number, salt: `0x${bytesToHex(genesisHash)}` },
          types,
          primaryType: codec.typeName,
          message: messageOf({ nonce: number, expiry: number / 2n, ...members }) as Record<string, unknown>,
        });
        const place = { chainId: number, genesisHash, nonce: number, expiry: number / 2n };
        expect(`0x${bytesToHex(hashTransaction({ ...place, operation }))}`).toBe(digest);
      }),
      { numRuns: 10 },
    );
  });
});
