import { AivmError } from '@aivm/core/errors';
import { notVerified } from '../attestation-verifier.ts';
import type { DevelopmentSigner } from '../development-signer.ts';
import type { HandlerContext, SomeHandlers } from '../handler.ts';

/** @throws AivmError `unsigned` on a node that signs for nobody. */
function signerOf({ signer }: HandlerContext): DevelopmentSigner {
  if (signer === undefined) {
    throw new AivmError('unsigned', 'this node signs for nobody: send a signed transaction to POST /tx');
  }
  return signer;
}

/** The Go service's writes. They are answered when they are in a block, because its clients read back at once. */
export const goWrites = {
  registerProvider: async ({ body }, context) => {
    await signerOf(context).registerProvider(body);
    const { gpu_attestation: attestation } = body;
    const answer = { success: true as const, providerId: body.id };
    if (attestation === undefined || attestation === null) return answer;
    const { attestationVerifier, node } = context;
    const nowSeconds = node.lastAccepted().header.timestamp;
    return {
      ...answer,
      attestation:
        (await attestationVerifier?.(attestation, { nowSeconds, provider: body.id })) ??
        notVerified(attestation),
    };
  },
  submitTask: async ({ body }, context) => {
    await signerOf(context).submitTask(body);
    return { success: true, taskId: body.id };
  },
  submitResult: async ({ body }, context) => {
    await signerOf(context).submitResult(body);
    return { success: true, taskId: body.task_id };
  },
  claimRewards: async ({ body }, context) => ({
    success: true,
    claimed: await signerOf(context).claimRewards(body.provider_id),
  }),
} satisfies SomeHandlers;
