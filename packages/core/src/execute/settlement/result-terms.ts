import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { assertLowS, recoverAddress } from '../../crypto/secp256k1.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { readChain } from '../../state/read.ts';
import { isVouchedFor, liveAttestation } from '../../state/read-attestation.ts';
import type { ProviderAttestation } from '../../state/records/provider-attestation.ts';
import { ModeTEEAttested, type TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { challengeWindowBlocks, workBlocks } from '../context/durations.ts';
import { hashSessionResult } from './session-result.ts';

/** The window of a score of 100 is half as long. */
const SCORE_SCALE = 200;
const SIGNATURE_BYTES = 65;

/** How long a posted result may be challenged, and whether it may be relied on meanwhile. */
export interface ResultTerms {
  readonly windowBlocks: number;
  readonly usable: boolean;
}

/**
 * Blocks that an attested answer may be challenged: ⌈window × (200 − score) / 200⌉.
 * @param windowBlocks the chain's challenge window, at least 1
 * @param score 0…100
 */
export const attestedWindowBlocks = (windowBlocks: number, score: number): number =>
  Math.ceil((windowBlocks * (SCORE_SCALE - score)) / SCORE_SCALE);

/**
 * The provider's attestation, if its session key signed this answer. Where no live attestation names a key there is
 * nothing to hold a signature against, and the answer counts as an unattested one: an attestation may end between draw
 * and answer.
 * @throws AivmError `bad_signature` where another key signed, or this key something else.
 */
function vouchingAttestation(
  context: BlockContext,
  task: TaskRecord,
  result: { readonly outputHash: Uint8Array; readonly sessionSignature: Uint8Array },
): ProviderAttestation | undefined {
  const { outputHash, sessionSignature } = result;
  if (sessionSignature.length === 0) return undefined;
  requireThat(
    sessionSignature.length === SIGNATURE_BYTES,
    'malformed',
    () => `sessionSignature: ${sessionSignature.length} bytes, expected none or ${SIGNATURE_BYTES}`,
  );
  const attestation = liveAttestation(context.state, task.assignedTo, context.timestamp);
  if (attestation === undefined || isZeroBytes(attestation.sessionKey)) return undefined;
  const { genesisHash } = readChain(context.state);
  const digest = hashSessionResult({ genesisHash, taskId: task.id, attempt: task.attempt, outputHash });
  assertLowS(sessionSignature);
  requireThat(
    equalBytes(recoverAddress(digest, sessionSignature), attestation.sessionKey),
    'bad_signature',
    () => `sessionSignature: not made over this answer by the attested key of "${task.assignedTo}"`,
  );
  return attestation;
}

/**
 * The terms of an answer. Hardware that vouches for it shortens its window, at most by half, because a watcher needs
 * time whatever a processor says; in TEE mode the answer may be relied on at once. Only a processor's evidence holds the
 * session key, so that GPU evidence alone does neither, and a software statement never does. What a watcher needs to do
 * the task again is added to every window.
 */
export function resultTerms(
  context: BlockContext,
  task: TaskRecord,
  result: { readonly outputHash: Uint8Array; readonly sessionSignature: Uint8Array; readonly work: bigint },
): ResultTerms {
  const plain = challengeWindowBlocks(context.config);
  const more = workBlocks(context.params, result.work);
  const attestation = vouchingAttestation(context, task, result);
  const isTrusted = attestation?.cpuTee === true && isVouchedFor(attestation, context.config);
  if (!isTrusted) return { windowBlocks: plain + more, usable: false };
  return {
    windowBlocks: attestedWindowBlocks(plain, attestation.score) + more,
    usable: task.mode === ModeTEEAttested,
  };
}
