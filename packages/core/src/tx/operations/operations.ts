import type { CodecValue } from '../../bytes/codec/codec.ts';
import { addBond } from './add-bond.ts';
import { beginUnbond } from './begin-unbond.ts';
import { cancelTask } from './cancel-task.ts';
import { challenge } from './challenge.ts';
import { claimRewards } from './claim-rewards.ts';
import { commitResult } from './commit-result.ts';
import type { OperationDefinition } from './define-operation.ts';
import { disputeMove } from './dispute-move.ts';
import { dropModel } from './drop-model.ts';
import { heartbeat } from './heartbeat.ts';
import { holdModel } from './hold-model.ts';
import { registerModel } from './register-model.ts';
import { registerProvider } from './register-provider.ts';
import { revealResult } from './reveal-result.ts';
import { submitAttestation } from './submit-attestation.ts';
import { submitCollateral } from './submit-collateral.ts';
import { submitResult } from './submit-result.ts';
import { submitTask } from './submit-task.ts';
import { transfer } from './transfer.ts';
import { transferModel } from './transfer-model.ts';
import { updateModelLicense } from './update-model-license.ts';
import { updateModelWeights } from './update-model-weights.ts';
import { updateProvider } from './update-provider.ts';
import { withdrawBond } from './withdraw-bond.ts';

/** Every operation by its name, in the order of tags. */
export const OPERATIONS = {
  transfer,
  registerProvider,
  updateProvider,
  heartbeat,
  addBond,
  beginUnbond,
  withdrawBond,
  submitCollateral,
  submitAttestation,
  registerModel,
  updateModelWeights,
  updateModelLicense,
  transferModel,
  submitTask,
  cancelTask,
  submitResult,
  commitResult,
  revealResult,
  challenge,
  disputeMove,
  claimRewards,
  holdModel,
  dropModel,
} as const;

/** The name of an operation. */
export type OperationName = keyof typeof OPERATIONS;

/** The members of operation `N`. */
export type OperationValue<N extends OperationName> = CodecValue<(typeof OPERATIONS)[N]['codec']>;

/** One operation, told apart by `kind`. */
export type Operation = { [N in OperationName]: { readonly kind: N } & OperationValue<N> }[OperationName];

/** The operation named `N`. */
export type OperationOf<N extends OperationName> = Extract<Operation, { kind: N }>;

/** The definition of an operation by its name, seen without the types of its members. */
export const operationDefinition = (name: OperationName): OperationDefinition<unknown> =>
  OPERATIONS[name] as OperationDefinition<unknown>;
