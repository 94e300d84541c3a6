export { addressToText, isSameAddress, textToAddress } from './address-text.ts';
export { installKeccak256, keccak256 } from './keccak.ts';
export { namedHash } from './named-hash.ts';
export {
  compressedKeyToAddress,
  installRecoverPublicKey,
  privateKeyToAddress,
  type RecoverPublicKey,
  recoverAddress,
  signDigest,
} from './secp256k1.ts';
