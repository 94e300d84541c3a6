import { type AnchorMessage, anchorFields } from '@aivm/core/block';
import { assertBytes, compareBytes, concatBytes, equalBytes, utf8ToBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256, recoverAddress, signDigest } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { EIP712_DOMAIN } from '@aivm/core/tx';

/** A validator as the contract knows it. */
export interface AnchorValidator {
  /** The address of the secp256k1 key with which it signs anchors, 20 bytes. */
  readonly key: Uint8Array;
  /** Voting power, 1…2^64 − 1. */
  readonly power: bigint;
}

/** Those who sign, in ascending order of their keys, and how often the set changed before. */
export interface ValidatorSet {
  readonly number: bigint;
  readonly validators: readonly AnchorValidator[];
}

/** The chain that signatures are for. */
export interface SigningChain {
  readonly chainId: bigint;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
}

const POWER_MAX = 2n ** 64n - 1n;
const hashText = (text: string): Uint8Array => keccak256(utf8ToBytes(text));

const DOMAIN_TYPE = hashText('EIP712Domain(string name,string version,uint256 chainId,bytes32 salt)');
const ANCHOR_TYPE = hashText(
  'Anchor(bytes32 validatorSet,uint64 number,bytes32 commitRoot,bytes32 parentRoot,bytes32 validatorSetRoot,bytes32 blockId,uint64 height,uint64 timestampNs,uint32 epoch,uint64 receiptCount)',
);
const CHANGE_TYPE = hashText('ValidatorSetChange(bytes32 from,bytes32 to)');
const KEY_TYPE = hashText('AnchorKey(bytes32 consensusKey,uint64 serial,address key)');
/** Where the list begins behind the two words of an ABI-encoded number and list. */
const LIST_OFFSET = 64n;

/** A 32-byte big-endian word. */
function word(value: bigint | Uint8Array): Uint8Array {
  const bytes = new Uint8Array(32);
  if (value instanceof Uint8Array) {
    bytes.set(value, 32 - value.length);
    return bytes;
  }
  let rest = value;
  for (let i = 31; rest > 0n; i--) {
    bytes[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}

/** @throws AivmError `malformed` for no validator, a key that does not rise, a power that is none. */
function assertValidatorSet({ validators }: ValidatorSet): void {
  if (validators.length === 0) throw new AivmError('malformed', 'validator set: it has no validator');
  for (const [i, { key, power }] of validators.entries()) {
    assertBytes(key, `validators[${i}].key`, 20);
    const before = validators[i - 1];
    if (before !== undefined && compareBytes(before.key, key) >= 0) {
      throw new AivmError('malformed', `validators[${i}].key: not above the one before it`);
    }
    if (power < 1n || power > POWER_MAX) {
      throw new AivmError('malformed', `validators[${i}].power: ${power}, expected 1…2^64−1`);
    }
  }
}

/**
 * What names a set: the contract's `hashOf`.
 * @throws AivmError `malformed`.
 */
export function hashValidatorSet(set: ValidatorSet): Uint8Array {
  assertValidatorSet(set);
  const { number, validators } = set;
  const head = [number, LIST_OFFSET, BigInt(validators.length)].map(word);
  return keccak256(concatBytes(...head, ...validators.flatMap(({ key, power }) => [word(key), word(power)])));
}

function digestOf({ chainId, genesisHash }: SigningChain, structHash: Uint8Array): Uint8Array {
  const { name, version } = EIP712_DOMAIN;
  const separator = keccak256(
    concatBytes(DOMAIN_TYPE, hashText(name), hashText(version), word(chainId), genesisHash),
  );
  return keccak256(concatBytes(Uint8Array.of(0x19, 0x01), separator, structHash));
}

/** What the validators of a set sign for an anchor: 32 bytes, EIP-712 in the chain's domain. */
export function anchorDigest(chain: SigningChain, set: ValidatorSet, message: AnchorMessage): Uint8Array {
  const fields = anchorFields(message);
  const words = [
    ...[ANCHOR_TYPE, hashValidatorSet(set), word(message.number), fields.commitRoot, fields.parentRoot],
    ...[fields.validatorSetRoot, message.blockId, word(BigInt(fields.height)), word(fields.timestampNs)],
    ...[word(BigInt(fields.epoch)), word(BigInt(message.receiptCount))],
  ];
  return digestOf(chain, keccak256(concatBytes(...words)));
}

/**
 * What the validators of a set sign so that another one takes its place: 32 bytes.
 * @throws AivmError `malformed` unless the other one's number is the next.
 */
export function changeDigest(chain: SigningChain, from: ValidatorSet, to: ValidatorSet): Uint8Array {
  if (to.number !== from.number + 1n) {
    throw new AivmError('malformed', `validator set ${to.number}: the one after ${from.number} is wanted`);
  }
  return digestOf(chain, keccak256(concatBytes(CHANGE_TYPE, hashValidatorSet(from), hashValidatorSet(to))));
}

/** What a validator signs with its consensus key and with the key that it is to sign anchors with: 32 bytes. */
export function anchorKeyDigest(
  chain: SigningChain,
  binding: { readonly consensusKey: Uint8Array; readonly serial: bigint; readonly key: Uint8Array },
): Uint8Array {
  const { consensusKey, serial, key } = binding;
  return digestOf(chain, keccak256(concatBytes(KEY_TYPE, consensusKey, word(serial), word(key))));
}

/** A validator's signature of a digest: r ‖ s ‖ parity of y, 65 bytes. */
export const signAsValidator = (digest: Uint8Array, privateKey: Uint8Array): Uint8Array =>
  signDigest(digest, privateKey);

/** Signatures of one digest, one for each validator in the order of the set, no bytes where there is none. */
export interface SignedDigest {
  readonly signatures: readonly Uint8Array[];
  /** Power that signed, and of the set. */
  readonly signed: bigint;
  readonly total: bigint;
  /** Whether it is more than two thirds. */
  readonly isEnough: boolean;
}

const NO_SIGNATURE: Uint8Array = new Uint8Array(0);

/** Puts signatures in the order of a set. One that is of no validator, or comes again, counts for nothing. */
export function collectSignatures(
  { validators }: ValidatorSet,
  digest: Uint8Array,
  signatures: Iterable<Uint8Array>,
): SignedDigest {
  const ordered: Uint8Array[] = validators.map(() => NO_SIGNATURE);
  for (const signature of signatures) {
    const signer = signerOf(digest, signature);
    const place = validators.findIndex(({ key }) => equalBytes(key, signer));
    if (place >= 0) ordered[place] = signature;
  }
  const power = (isCounted: (place: number) => boolean): bigint =>
    validators.reduce((sum, one, place) => (isCounted(place) ? sum + one.power : sum), 0n);
  const [signed, total] = [power((place) => ordered[place] !== NO_SIGNATURE), power(() => true)];
  return { signatures: ordered, signed, total, isEnough: 3n * signed > 2n * total };
}

/** Zeros, which no key has, for what is no signature. */
function signerOf(digest: Uint8Array, signature: Uint8Array): Uint8Array {
  try {
    return recoverAddress(digest, signature);
  } catch {
    return ZERO_32.subarray(0, 20);
  }
}
