import { concatBytes } from '../bytes/bytes.ts';
import type { Codec } from '../bytes/codec/codec.ts';
import { bytesToHex } from '../bytes/hex.ts';
import { utf8ToBytes } from '../bytes/utf8.ts';
import { keccak256 } from '../crypto/keccak.ts';

/** Name and version of the signing domain; chain id and genesis hash (as its salt) complete it. */
export const EIP712_DOMAIN = { name: 'AIVM', version: '2' } as const;

const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,bytes32 salt)';

/** A 32-byte big-endian word. */
function uintWord(value: bigint): Uint8Array {
  const word = new Uint8Array(32);
  let rest = value;
  for (let i = 31; rest > 0n; i--) {
    word[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return word;
}

const hashText = (text: string): Uint8Array => keccak256(utf8ToBytes(text));

const memberList = (codec: Codec<unknown>): string =>
  (codec.members ?? []).map((member) => `${member.codec.typeName} ${member.name}`).join(',');

/** The structs that `codec` refers to, itself excluded, by name. */
function referencedStructs(
  codec: Codec<unknown>,
  found = new Map<string, Codec<unknown>>(),
): Map<string, Codec<unknown>> {
  for (const member of codec.members ?? []) {
    const inner = member.codec.element ?? member.codec;
    if (inner.members === undefined || found.has(inner.typeName)) continue;
    found.set(inner.typeName, inner);
    referencedStructs(inner, found);
  }
  return found;
}

/** The type string of a nested struct or of an operation (whose first members are its nonce and its expiry). */
function encodeType(codec: Codec<unknown>, prefix: string): string {
  const references = [...referencedStructs(codec).entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const own = `${codec.typeName}(${prefix}${memberList(codec)})`;
  return own + references.map(([name, struct]) => `${name}(${memberList(struct)})`).join('');
}

/**
 * The EIP-712 type string of an operation.
 * @example operationTypeString(transfer.codec) // 'Transfer(uint64 nonce,uint64 expiry,address to,uint128 amount)'
 */
export function operationTypeString(codec: Codec<unknown>): string {
  const own = 'uint64 nonce,uint64 expiry';
  return encodeType(codec, (codec.members ?? []).length === 0 ? own : `${own},`);
}

function encodeValue(codec: Codec<unknown>, value: unknown): Uint8Array {
  if (codec.element !== undefined) {
    const element = codec.element;
    return keccak256(concatBytes(...(value as readonly unknown[]).map((item) => encodeValue(element, item))));
  }
  if (codec.members !== undefined) {
    return keccak256(concatBytes(hashText(encodeType(codec, '')), ...encodeMembers(codec, value)));
  }
  if (codec.typeName === 'string') return hashText(value as string);
  if (codec.typeName === 'bytes') return keccak256(value as Uint8Array);
  if (codec.typeName === 'bytes32') return value as Uint8Array;
  if (codec.typeName === 'address') return concatBytes(new Uint8Array(12), value as Uint8Array);
  if (codec.typeName === 'bool') return uintWord(value === true ? 1n : 0n);
  return uintWord(BigInt(value as number | bigint));
}

function encodeMembers(codec: Codec<unknown>, value: unknown): Uint8Array[] {
  const record = value as Readonly<Record<string, unknown>>;
  return (codec.members ?? []).map((member) => encodeValue(member.codec, record[member.name]));
}

const TYPE_HASHES = new Map<string, Uint8Array>();
const DOMAIN_SEPARATORS = new Map<string, Uint8Array>();
/** A process talks to few chains; past this many the cache starts again. */
const DOMAIN_CACHE_MAX = 64;

function operationTypeHash(codec: Codec<unknown>): Uint8Array {
  const known = TYPE_HASHES.get(codec.typeName);
  if (known !== undefined) return known;
  const hash = hashText(operationTypeString(codec));
  TYPE_HASHES.set(codec.typeName, hash);
  return hash;
}

/** The EIP-712 domain separator of a chain: 32 bytes. */
function domainSeparator(chainId: bigint, genesisHash: Uint8Array): Uint8Array {
  const key = `${chainId}|${bytesToHex(genesisHash)}`;
  const known = DOMAIN_SEPARATORS.get(key);
  if (known !== undefined) return known;
  const separator = keccak256(
    concatBytes(
      hashText(DOMAIN_TYPE),
      hashText(EIP712_DOMAIN.name),
      hashText(EIP712_DOMAIN.version),
      uintWord(chainId),
      genesisHash,
    ),
  );
  if (DOMAIN_SEPARATORS.size >= DOMAIN_CACHE_MAX) DOMAIN_SEPARATORS.clear();
  DOMAIN_SEPARATORS.set(key, separator);
  return separator;
}

/** What {@link hashTypedOperation} signs over. */
export interface TypedOperation {
  readonly chainId: bigint;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
  readonly nonce: bigint;
  readonly expiry: bigint;
  readonly codec: Codec<unknown>;
  readonly value: unknown;
}

/** The EIP-712 digest of an operation: keccak256(0x1901 ‖ domain separator ‖ struct hash), 32 bytes. */
export function hashTypedOperation(typed: TypedOperation): Uint8Array {
  const { chainId, genesisHash, nonce, expiry, codec, value } = typed;
  const structHash = keccak256(
    concatBytes(operationTypeHash(codec), uintWord(nonce), uintWord(expiry), ...encodeMembers(codec, value)),
  );
  const domain = domainSeparator(chainId, genesisHash);
  return keccak256(concatBytes(Uint8Array.of(0x19, 0x01), domain, structHash));
}
