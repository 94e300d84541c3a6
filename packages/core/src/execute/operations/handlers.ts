import type { OperationName, OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { processAddBond } from './add-bond.ts';
import { processBeginUnbond } from './begin-unbond.ts';
import { processCancelTask } from './cancel-task.ts';
import { processChallenge } from './challenge.ts';
import { processClaimRewards } from './claim-rewards.ts';
import { processCommitResult } from './commit-result.ts';
import { processDisputeMove } from './dispute-move.ts';
import { processDropModel } from './drop-model.ts';
import { processHeartbeat } from './heartbeat.ts';
import { processHoldModel } from './hold-model.ts';
import { processRegisterModel } from './register-model.ts';
import { processRegisterProvider } from './register-provider.ts';
import { processRevealResult } from './reveal-result.ts';
import { processSubmitAttestation } from './submit-attestation.ts';
import { processSubmitCollateral } from './submit-collateral.ts';
import { processSubmitResult } from './submit-result.ts';
import { processSubmitTask } from './submit-task.ts';
import { processTransfer } from './transfer.ts';
import { processTransferModel } from './transfer-model.ts';
import { processUpdateModelLicense } from './update-model-license.ts';
import { processUpdateModelWeights } from './update-model-weights.ts';
import { processUpdateProvider } from './update-provider.ts';
import { processWithdrawBond } from './withdraw-bond.ts';

/**
 * Executes one operation of `sender`. `work` counts the work units of its transaction.
 * @throws AivmError if the operation is refused; the caller undoes what it changed.
 */
type Handler<N extends OperationName> = (
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<N>,
  work: number,
) => void;

/** The handler of every operation. */
export const HANDLERS: { readonly [N in OperationName]: Handler<N> } = {
  transfer: processTransfer,
  registerProvider: processRegisterProvider,
  updateProvider: processUpdateProvider,
  heartbeat: processHeartbeat,
  addBond: processAddBond,
  beginUnbond: processBeginUnbond,
  withdrawBond: processWithdrawBond,
  submitCollateral: processSubmitCollateral,
  submitAttestation: processSubmitAttestation,
  registerModel: processRegisterModel,
  updateModelWeights: processUpdateModelWeights,
  updateModelLicense: processUpdateModelLicense,
  transferModel: processTransferModel,
  submitTask: processSubmitTask,
  cancelTask: processCancelTask,
  submitResult: processSubmitResult,
  commitResult: processCommitResult,
  revealResult: processRevealResult,
  challenge: processChallenge,
  disputeMove: processDisputeMove,
  claimRewards: processClaimRewards,
  holdModel: processHoldModel,
  dropModel: processDropModel,
};
