import { createRequire } from 'node:module';
import { createWasmKeccak256 } from '@aivm/backends';
import { installAttestationPrimitives } from '@aivm/core/attestation';
import { installKeccak256, installRecoverPublicKey, type RecoverPublicKey } from '@aivm/core/crypto';
import { nodePrimitives } from '../attestation/node-primitives.ts';

/** Which implementations a process uses, and why not the faster one. */
export interface InstalledCrypto {
  readonly keccak256: 'wasm' | 'noble';
  readonly secp256k1: 'native' | 'noble';
  readonly attestation: 'node:crypto' | 'noble';
  /** Why something fell back, in words; empty where nothing did. */
  readonly reasons: readonly string[];
}

/** The part of the native addon that is used. */
interface NativeSecp256k1 {
  ecdsaRecover(
    signature: Uint8Array,
    recoveryId: number,
    digest: Uint8Array,
    isCompressed: boolean,
  ): Uint8Array;
}

let installed: InstalledCrypto | undefined;

/**
 * Replaces core's pure hasher, signature recovery and verification of evidence by faster ones, once a process. Core compares each with its own
 * before it takes it; what does not load or differs leaves the pure one in place, 10 to 20 times slower.
 */
export function installCrypto(): InstalledCrypto {
  installed ??= install();
  return installed;
}

function install(): InstalledCrypto {
  const reasons: string[] = [];
  const attempt = (name: string, run: () => void): boolean => {
    try {
      run();
      return true;
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
  const hasKeccak = attempt('keccak256', () => installKeccak256(createWasmKeccak256()));
  const hasRecovery = attempt('secp256k1', () => installRecoverPublicKey(loadNativeRecovery()));
  const hasAttestation = attempt('attestation', () => installAttestationPrimitives(nodePrimitives));
  return {
    keccak256: hasKeccak ? 'wasm' : 'noble',
    secp256k1: hasRecovery ? 'native' : 'noble',
    attestation: hasAttestation ? 'node:crypto' : 'noble',
    reasons,
  };
}

/**
 * The package's own entry falls back to JavaScript without a word where it has no binary; its binding does not.
 */
function loadNativeRecovery(): RecoverPublicKey {
  const native = createRequire(import.meta.url)('secp256k1/bindings') as NativeSecp256k1;
  return (digest, signature) => {
    const publicKey = native.ecdsaRecover(signature.subarray(0, 64), signature[64] ?? 0, digest, false);
    return new Uint8Array(publicKey);
  };
}
