import { utf8ToBytes } from '@aivm/core/bytes';
import { addressToText, privateKeyToAddress, signDigest } from '@aivm/core/crypto';
import {
  hashTypedOperation,
  signTransaction,
  type Transaction,
  type TypedOperation,
  type UnsignedTransaction,
} from '@aivm/core/tx';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { HDKey } from '@scure/bip32';
import { generateMnemonic, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';

/** What a sender needs of the holder of a key; a browser wallet can be one. */
export interface Signer {
  /** 20 bytes. */
  readonly addressBytes: Uint8Array;
  sign(tx: UnsignedTransaction): Transaction | Promise<Transaction>;
  /**
   * 32 bytes that follow from the key and the label, and that nobody without the key can tell from random ones: the
   * same after every restart. Signers that cannot give it away (browser wallets) leave it out.
   */
  deriveSecret?(label: string): Uint8Array;
  /**
   * Signs a struct that is no operation, such as a request for a provider's stream: 65 bytes, the last one 0 or 1.
   * Signers of transactions alone leave it out.
   */
  signTyped?(message: TypedOperation): Uint8Array | Promise<Uint8Array>;
}

/** A key that lives in this process. */
export interface Wallet extends Signer {
  /** With its EIP-55 checksum. */
  readonly address: string;
  /** The words that the key was derived from, where it was. */
  readonly mnemonic?: string;
  /**
   * Signs with fresh entropy: each call gives other bytes and another transaction id. Processes that share a key then
   * tell their own transaction from another's that pays the same at the same nonce.
   */
  sign(tx: UnsignedTransaction): Transaction;
  deriveSecret(label: string): Uint8Array;
  signTyped(message: TypedOperation): Uint8Array;
  /** The 32 bytes of the key. Anybody who has them has the money. */
  exportPrivateKey(): Uint8Array;
}

/** Where a wallet comes from. `index` is the last part of the derivation path, default 0. */
export type WalletSource =
  | { readonly privateKey: Uint8Array }
  | { readonly mnemonic: string; readonly index?: number };

const PATH = "m/44'/60'/0'/0";
/** Keeps derived secrets apart from anything else that is made from the key. */
const SECRET_DOMAIN = 'AIVM secret v1|';
const INDEX_MAX = 0x7fff_ffff;
/** The customary test mnemonic. Its accounts hold money on development chains only. */
const DEVELOPMENT_MNEMONIC = 'test test test test test test test test test test test junk';
export const DEVELOPMENT_ACCOUNT_COUNT = 10;

function walletOfKey(privateKey: Uint8Array, mnemonic?: string): Wallet {
  const key = privateKey.slice();
  const addressBytes = privateKeyToAddress(key);
  return {
    address: addressToText(addressBytes),
    addressBytes,
    ...(mnemonic === undefined ? {} : { mnemonic }),
    sign: (tx) => signTransaction(tx, key, { extraEntropy: randomBytes(32) }),
    deriveSecret: (label) => hmac(sha256, key, utf8ToBytes(`${SECRET_DOMAIN}${label}`)),
    signTyped: (message) => signDigest(hashTypedOperation(message), key, { extraEntropy: randomBytes(32) }),
    exportPrivateKey: () => key.slice(),
  };
}

function keysOfMnemonic(mnemonic: string): HDKey {
  if (!validateMnemonic(mnemonic, wordlist)) {
    throw new TypeError('mnemonic: expected BIP-39 words with a matching checksum');
  }
  return HDKey.fromMasterSeed(mnemonicToSeedSync(mnemonic)).derive(PATH);
}

function keyAt(account: HDKey, index: number): Uint8Array {
  if (!Number.isInteger(index) || index < 0 || index > INDEX_MAX) {
    throw new RangeError(`index: expected an integer 0…${INDEX_MAX}, got ${index}`);
  }
  const { privateKey } = account.deriveChild(index);
  if (privateKey === null) throw new RangeError(`index: no key at ${index}`);
  return privateKey;
}

/**
 * A new wallet with twelve new words. Randomness comes from the platform.
 * @example createWallet().mnemonic.split(' ').length // 12
 */
export function createWallet(): Wallet {
  const mnemonic = generateMnemonic(wordlist, 128);
  return walletOfKey(keyAt(keysOfMnemonic(mnemonic), 0), mnemonic);
}

/**
 * A wallet of a known key or of words.
 * @throws TypeError or RangeError that names what is wrong with them.
 * @example importWallet({ mnemonic, index: 3 })
 */
export function importWallet(source: WalletSource): Wallet {
  if ('mnemonic' in source) {
    return walletOfKey(keyAt(keysOfMnemonic(source.mnemonic), source.index ?? 0), source.mnemonic);
  }
  const { privateKey } = source;
  if (!(privateKey instanceof Uint8Array) || !secp256k1.utils.isValidSecretKey(privateKey)) {
    throw new RangeError('privateKey: expected the 32 bytes of a secp256k1 key');
  }
  return walletOfKey(privateKey);
}

let development: readonly Wallet[] | undefined;

/**
 * The ten funded accounts of every development chain, m/44'/60'/0'/0/0…9. Derived once, about 0.1 s.
 * @example developmentAccounts()[0].address // '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
 */
export function developmentAccounts(): readonly Wallet[] {
  if (development === undefined) {
    const account = keysOfMnemonic(DEVELOPMENT_MNEMONIC);
    development = Array.from({ length: DEVELOPMENT_ACCOUNT_COUNT }, (_, i) => walletOfKey(keyAt(account, i)));
  }
  return development;
}
