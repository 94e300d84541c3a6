import type { Transaction } from '../../tx/transaction.ts';
import type { BlockContext } from '../context/block-context.ts';
import { processCancelTask } from '../operations/cancel-task.ts';
import { processChallenge } from '../operations/challenge.ts';
import { processClaimRewards } from '../operations/claim-rewards.ts';
import {
  processTransferModel,
  processUpdateModelLicense,
  processUpdateModelWeights,
} from '../operations/own-model.ts';
import {
  processAddBond,
  processBeginUnbond,
  processHeartbeat,
  processUpdateProvider,
  processWithdrawBond,
} from '../operations/provider-life.ts';
import { processRegisterModel } from '../operations/register-model.ts';
import { processRegisterProvider } from '../operations/register-provider.ts';
import { processSubmitAttestation } from '../operations/submit-attestation.ts';
import { processSubmitCollateral } from '../operations/submit-collateral.ts';
import { processSubmitResult } from '../operations/submit-result.ts';
import { processSubmitTask } from '../operations/submit-task.ts';
import { processTransfer } from '../operations/transfer.ts';
import { processCommitResult, processRevealResult } from '../panels/commit-reveal.ts';

/** Runs one operation. @returns what it burned itself, beside the operation fee. @throws AivmError when refused. */
export function applyOperation(context: BlockContext, tx: Transaction, work: number): bigint {
  const { sender, operation } = tx;
  switch (operation.kind) {
    case 'transfer':
      processTransfer(context, sender, operation);
      return 0n;
    case 'registerProvider':
      processRegisterProvider(context, sender, operation);
      return 0n;
    case 'updateProvider':
      processUpdateProvider(context, sender, operation);
      return 0n;
    case 'heartbeat':
      processHeartbeat(context, sender, operation);
      return 0n;
    case 'addBond':
      processAddBond(context, sender, operation);
      return 0n;
    case 'beginUnbond':
      processBeginUnbond(context, sender, operation);
      return 0n;
    case 'withdrawBond':
      processWithdrawBond(context, sender, operation);
      return 0n;
    case 'registerModel':
      processRegisterModel(context, sender, operation);
      return 0n;
    case 'submitTask':
      return processSubmitTask(context, sender, operation, work);
    case 'cancelTask':
      processCancelTask(context, sender, operation);
      return 0n;
    case 'submitResult':
      processSubmitResult(context, sender, operation);
      return 0n;
    case 'commitResult':
      processCommitResult(context, sender, operation);
      return 0n;
    case 'revealResult':
      processRevealResult(context, sender, operation);
      return 0n;
    case 'updateModelWeights':
      processUpdateModelWeights(context, sender, operation);
      return 0n;
    case 'updateModelLicense':
      processUpdateModelLicense(context, sender, operation);
      return 0n;
    case 'transferModel':
      processTransferModel(context, sender, operation);
      return 0n;
    case 'challenge':
      processChallenge(context, sender, operation);
      return 0n;
    case 'claimRewards':
      processClaimRewards(context, sender, operation);
      return 0n;
    case 'submitCollateral':
      processSubmitCollateral(context, operation);
      return 0n;
    case 'submitAttestation':
      processSubmitAttestation(context, sender, operation);
      return 0n;
    default:
      return assertNever(operation);
  }
}

function assertNever(operation: never): never {
  throw new Error(`operation without a handler: ${(operation as { readonly kind: string }).kind}`);
}
