import {
  ATTESTATION_CODES,
  type AttestationPolicy,
  type AttestationPrimitives,
  type GPUAttestationAnswer,
  type GpuCollateralStock,
  ModeSoftware,
  verifyGPUAttestationShape,
} from '@aivm/core/attestation';
import { equalBytes } from '@aivm/core/bytes';
import { compressedKeyToAddress } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { listProviders, readAttestationPolicy } from '@aivm/core/state';
import { type AttestationVerdict, encodeJson, type GPUAttestation, routes } from '@aivm/sdk';
import type { AttestationVerifier } from '../http/attestation-verifier.ts';
import { createGate } from '../http/gate.ts';
import type { NodeApi } from '../local/node-api.ts';
import { nodePrimitives } from './node-primitives.ts';
import { createRememberingPrimitives } from './remembering-primitives.ts';

/** Requests that may wait; further ones are refused and may be repeated later. */
const WAITING_MAX = 32;
/** Verifying takes at most one part in so many of the thread's time, so that blocks are made as ever. */
const PARTS = 4;

export interface AttestationVerifierOptions {
  readonly node: Pick<NodeApi, 'chainId' | 'state' | 'lastAccepted'>;
  /** Manifests and lists of the operator of this node; none means that no GPU passes a policy that asks for them. */
  readonly stock?: GpuCollateralStock | undefined;
  /** Default: the chain's own, from its genesis. */
  readonly policy?: AttestationPolicy | undefined;
  readonly primitives?: AttestationPrimitives | undefined;
}

const verdictOf = (answer: GPUAttestationAnswer, mode: number): AttestationVerdict => ({
  ...answer,
  mode,
  ...(answer.verified ? {} : { reason: ATTESTATION_CODES[answer.code] }),
});

/**
 * The providers for which a statement may count: those whose operator is the account of the key that signed it. The
 * request does not name the provider, but the signature does.
 */
function claimantsOf(
  attestation: GPUAttestation,
  node: AttestationVerifierOptions['node'],
): readonly string[] {
  const key = attestation.software_attestation?.provider_pubkey;
  const address = key === undefined ? undefined : compressedKeyToAddress(key);
  if (address === undefined) return [];
  return listProviders(node.state())
    .filter(({ operator }) => equalBytes(operator, address))
    .map(({ id }) => id);
}

/** Waits so long that `busyMs` was one part in {@link PARTS} of the time. */
const rest = (busyMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.ceil(busyMs * (PARTS - 1))));

/** The answer to one request, from the chain as it is now. */
function answer(
  attestation: GPUAttestation,
  { now, named, options, primitives }: AnswerParameters,
): GPUAttestationAnswer {
  const { node, stock, policy = readAttestationPolicy(node.state()) } = options;
  const body = encodeJson(routes.verifyAttestation.body, { gpu_attestation: attestation }, 'attestation');
  const common = { now, policy, primitives, stock, chainId: node.chainId };
  const judge = (provider: string): GPUAttestationAnswer =>
    verifyGPUAttestationShape(body.gpu_attestation, { ...common, provider });
  if (attestation.mode !== ModeSoftware) return judge(named ?? '');
  const claimants = claimantsOf(attestation, node).filter((id) => named === undefined || id === named);
  const answers = claimants.map(judge);
  const found = answers.find(({ verified }) => verified) ?? answers[0];
  if (found !== undefined) return found;
  // Nobody has this key: what else is wrong with the statement is worth saying first.
  const alone = judge(named ?? '');
  const code = alone.verified || alone.code === 'signature' ? 'binding' : alone.code;
  return { ...alone, verified: false, trustScore: 0, hardwareCC: false, code };
}

interface AnswerParameters {
  /** Block time, seconds. */
  readonly now: number;
  /** The provider for which the request says it is. */
  readonly named: string | undefined;
  readonly options: AttestationVerifierOptions;
  readonly primitives: AttestationPrimitives;
}

/**
 * Verifies GPU attestations in the Go service's shape: hardware under the vendors' roots, statements under the key of a
 * registered provider's operator. Local: no network, no clock. One at a time with rests between, so that a flood of
 * requests takes a quarter of the thread at most; a few wait.
 *
 * @throws AivmError `rate_limited` (rejected) when too many wait already.
 */
export function createAttestationVerifier(options: AttestationVerifierOptions): AttestationVerifier {
  const primitives = options.primitives ?? createRememberingPrimitives(nodePrimitives);
  const gate = createGate({
    runningMax: 1,
    waitingMax: WAITING_MAX,
    refuse: () => new AivmError('rate_limited', `${WAITING_MAX} attestations wait already`),
  });
  return (attestation, { nowSeconds, provider: named }) =>
    new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        const start = performance.now();
        const found = answer(attestation, { now: nowSeconds, named, options, primitives });
        resolve(verdictOf(found, attestation.mode));
        await rest(performance.now() - start);
      };
      gate.run(run).catch(reject);
    });
}
