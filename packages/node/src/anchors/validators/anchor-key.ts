import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import {
  address,
  assertBytes,
  bytes,
  bytes32,
  bytesToHex,
  type CodecValue,
  concatBytes,
  equalBytes,
  hexToBytes,
  isHex,
  struct,
  u64,
  utf8ToBytes,
} from '@aivm/core/bytes';
import { privateKeyToAddress, recoverAddress, signDigest } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { anchorKeyDigest, type SigningChain } from './validator-set.ts';

/** Bytes of a secp256k1 signature (r ‖ s ‖ parity of y) and of one of Ed25519. */
export const SIGNATURE_BYTES = 65;
const CONSENSUS_SIGNATURE_BYTES = 64;
const CONSENSUS_ADDRESS_BYTES = 20;
/** What a consensus key signs begins so: nothing that an engine signs does. */
const CONSENSUS_PREFIX = utf8ToBytes('aivm/v1/AnchorKey\0');

export const anchorKeyCodec = struct('AnchorKey', {
  /** The validator's Ed25519 key, with which it votes. */
  consensusKey: bytes32,
  /** A binding with a greater one takes the place of one with a smaller. */
  serial: u64,
  /** Address of the secp256k1 key with which the validator signs anchors. */
  key: address,
  consensusSignature: bytes(CONSENSUS_SIGNATURE_BYTES),
  keySignature: bytes(SIGNATURE_BYTES),
});

/** "This validator signs anchors with that key", signed with both keys: whoever hands it on adds nothing to it. */
export type AnchorKey = CodecValue<typeof anchorKeyCodec>;

const base64Url = (raw: Uint8Array): string => Buffer.from(raw).toString('base64url');
const consensusText = (digest: Uint8Array): Uint8Array => concatBytes(CONSENSUS_PREFIX, digest);

/** What CometBFT calls a validator: the first 20 bytes of the SHA-256 of its key. */
export const consensusAddress = (consensusKey: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(consensusKey).digest()).slice(0, CONSENSUS_ADDRESS_BYTES);

/**
 * Binds a key for anchors to a validator.
 * @param secrets.consensusSeed the first 32 bytes of an Ed25519 private key; `privateKey` 32 bytes as well
 */
export function bindAnchorKey(
  chain: SigningChain,
  secrets: { readonly consensusSeed: Uint8Array; readonly privateKey: Uint8Array; readonly serial: bigint },
): AnchorKey {
  const { consensusSeed, privateKey, serial } = secrets;
  assertBytes(consensusSeed, 'consensusSeed', 32);
  // PKCS #8 of an Ed25519 key: these bytes, then the seed.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), consensusSeed]);
  const consensus = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const x = String(createPublicKey(consensus).export({ format: 'jwk' }).x);
  const consensusKey = new Uint8Array(Buffer.from(x, 'base64url'));
  const key = privateKeyToAddress(privateKey);
  const digest = anchorKeyDigest(chain, { consensusKey, serial, key });
  return {
    consensusKey,
    serial,
    key,
    consensusSignature: new Uint8Array(sign(null, consensusText(digest), consensus)),
    keySignature: signDigest(digest, privateKey),
  };
}

function isSignedByConsensusKey(
  { consensusKey, consensusSignature }: AnchorKey,
  digest: Uint8Array,
): boolean {
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64Url(consensusKey) };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return verify(null, consensusText(digest), key, consensusSignature);
  } catch {
    return false;
  }
}

function isSignedByAnchorKey({ key, keySignature }: AnchorKey, digest: Uint8Array): boolean {
  try {
    return equalBytes(recoverAddress(digest, keySignature), key);
  } catch {
    return false;
  }
}

/** @throws AivmError `bad_signature` naming the key that did not sign. */
export function assertAnchorKey(chain: SigningChain, binding: AnchorKey): void {
  const digest = anchorKeyDigest(chain, binding);
  const who = bytesToHex(binding.key);
  if (!isSignedByAnchorKey(binding, digest)) {
    throw new AivmError('bad_signature', `anchor key 0x${who}: not signed by that key for this chain`);
  }
  if (!isSignedByConsensusKey(binding, digest)) {
    const consensus = bytesToHex(binding.consensusKey);
    throw new AivmError(
      'bad_signature',
      `anchor key 0x${who}: not signed by the consensus key 0x${consensus} for this chain`,
    );
  }
}

const MEMBERS = {
  consensus_key: 32,
  key: 20,
  consensus_signature: CONSENSUS_SIGNATURE_BYTES,
  key_signature: SIGNATURE_BYTES,
} as const;

/** JSON of a binding: hex texts, the serial as a decimal one; what a genesis and a key file hold. */
export const anchorKeyToJson = (binding: AnchorKey): Readonly<Record<string, string>> => ({
  consensus_key: `0x${bytesToHex(binding.consensusKey)}`,
  serial: binding.serial.toString(),
  key: `0x${bytesToHex(binding.key)}`,
  consensus_signature: `0x${bytesToHex(binding.consensusSignature)}`,
  key_signature: `0x${bytesToHex(binding.keySignature)}`,
});

/** The binding that this JSON shows; its signatures are not checked. @throws AivmError `malformed` naming the member. */
export function anchorKeyFromJson(json: unknown, name: string): AnchorKey {
  const object = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const read = (member: keyof typeof MEMBERS): Uint8Array => {
    const text = object[member];
    const raw = typeof text === 'string' && isHex(text) ? hexToBytes(text) : undefined;
    if (raw?.length === MEMBERS[member]) return raw;
    throw new AivmError('malformed', `${name}.${member}: expected 0x and ${2 * MEMBERS[member]} hex digits`);
  };
  const { serial } = object;
  if (typeof serial !== 'string' || !/^\d{1,19}$/.test(serial)) {
    throw new AivmError('malformed', `${name}.serial: expected a decimal text`);
  }
  return {
    consensusKey: read('consensus_key'),
    serial: BigInt(serial),
    key: read('key'),
    consensusSignature: read('consensus_signature'),
    keySignature: read('key_signature'),
  };
}
