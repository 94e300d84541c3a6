import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import type { Finding, VerificationContext } from '../facts.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect, refuse } from '../refusal.ts';
import { scoreSoftware } from '../score.ts';
import { isLowSecp256k1, isStrictEd25519 } from './canonical-signature.ts';
import { type SoftwareMessage, softwareMessage } from './statement.ts';

/** A provider's signed claim. It proves who claims, not what the hardware is. */
export interface SoftwareEvidence extends SoftwareMessage {
  readonly kind: 'software';
  /** Ed25519 (32 bytes) or compressed secp256k1 (33 bytes). */
  readonly publicKey: Uint8Array;
  /** 64 bytes; r ‖ s with low s for secp256k1, which signs the SHA-256 of the message. */
  readonly signature: Uint8Array;
}

/** Who the claim must be by and for. A chain gives all three; what is absent is not compared. */
export interface ExpectedClaimant {
  readonly chainId?: bigint | undefined;
  readonly provider?: string | undefined;
  /** The key that the provider registered. */
  readonly publicKey?: Uint8Array | undefined;
}

function isSigned(
  { publicKey, signature }: SoftwareEvidence,
  message: Uint8Array,
  primitives: AttestationPrimitives,
): boolean {
  if (publicKey.length === 32) {
    return (
      isStrictEd25519(publicKey, signature) && primitives.verifyEd25519({ publicKey, message, signature })
    );
  }
  if (publicKey.length !== 33) refuse('unsupported', `public key of ${publicKey.length} bytes`);
  return isLowSecp256k1(signature) && primitives.verifySecp256k1({ publicKey, message, signature });
}

function assertClaimant(evidence: SoftwareEvidence, expected: ExpectedClaimant): void {
  const {
    chainId = evidence.chainId,
    provider = evidence.provider,
    publicKey = evidence.publicKey,
  } = expected;
  expect(chainId === evidence.chainId, 'binding', 'signed for another chain');
  expect(provider === evidence.provider, 'binding', 'signed by another provider');
  expect(equalBytes(publicKey, evidence.publicKey), 'binding', 'not the key that the provider registered');
}

/** Verifies a provider's claim about its own GPU. */
export function verifySoftware(
  evidence: SoftwareEvidence,
  expected: ExpectedClaimant,
  { policy, primitives }: VerificationContext,
): Finding {
  const { chainId, provider, nonce, statement } = evidence;
  const message = softwareMessage({ chainId, provider, nonce, statement });
  expect(isSigned(evidence, message, primitives), 'signature', 'software statement');
  assertClaimant(evidence, expected);
  const { model, driverVersion, gpuSerial, timestamp } = statement;
  expect(
    gpuSerial !== '' && driverVersion !== '',
    'malformed',
    'software statement: serial or driver is empty',
  );
  const hasBenchmark = !isZeroBytes(statement.benchmarkHash) && statement.benchmarkTimeMs > 0n;
  return {
    objections: [],
    facts: {
      kind: 'software',
      devices: [{ id: undefined, nonce: nonce.slice() }],
      measurement: primitives.sha256(message),
      registers: [],
      signer: evidence.publicKey.slice(),
      productId: undefined,
      securityVersion: undefined,
      bindings: {},
      reportData: nonce.slice(),
      isDebug: false,
      tcbStatus: undefined,
      advisories: [],
      tcbEvaluationDataNumber: undefined,
      lists: [],
      authorities: [],
      window: { from: timestamp, until: timestamp + policy.software.ageMaxSeconds },
      trustScore: scoreSoftware({ model, hasBenchmark, hasDriverVersion: true }),
      gpus: [],
      details: { provider, model, gpuSerial, driverVersion },
    },
  };
}
