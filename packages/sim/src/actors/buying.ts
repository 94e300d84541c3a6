import type { OperationOf } from '@aivm/core/tx';

type SubmitTask = OperationOf<'submitTask'>;

/** An optimistic task at the least fee; what differs is given. */
export const cheapTask = (id: string, change: Partial<SubmitTask>): SubmitTask => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: 'wdbc-int8',
  input: new Uint8Array(32),
  fee: 1_000_000n,
  mode: 0,
  maxAdmission: 0n,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 30n,
  ...change,
});
