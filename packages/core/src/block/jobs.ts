import type { Operation, OperationName, OperationOf } from '../tx/operations/definitions.ts';

type JobOf = { readonly [N in OperationName]: ((operation: OperationOf<N>) => string) | undefined };

const ofTask = ({ taskId }: { readonly taskId: string }): string => taskId;

/** A job is a task: whatever creates, ends, answers or disputes one is about it, and nothing else is. */
const JOBS: JobOf = {
  transfer: undefined,
  registerProvider: undefined,
  updateProvider: undefined,
  heartbeat: undefined,
  addBond: undefined,
  beginUnbond: undefined,
  withdrawBond: undefined,
  submitAttestation: undefined,
  submitCollateral: undefined,
  registerModel: undefined,
  updateModelWeights: undefined,
  updateModelLicense: undefined,
  transferModel: undefined,
  submitTask: ({ id }) => id,
  cancelTask: ofTask,
  submitResult: ofTask,
  commitResult: ofTask,
  revealResult: ofTask,
  challenge: ofTask,
  claimRewards: undefined,
};

/** The id of the task that an operation is about; undefined for one that is about no task. */
export const jobIdOf = (operation: Operation): string | undefined =>
  (JOBS[operation.kind] as ((operation: Operation) => string) | undefined)?.(operation);
