import { struct } from '../../bytes/codec/composites.ts';
import { bytes, u8, u32, u64, u128 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/**
 * Asks for work. `mode` 0, `n` 0 and `deadlineBlocks` 0 mean the chain's defaults. `maxAdmission` bounds what the queue's
 * price may take, 0 for four times the price of an empty queue; `maxNew` is 0 for models that are no decoders.
 */
export const submitTask = defineOperation({
  tag: 14,
  codec: struct('SubmitTask', {
    id,
    taskType: id,
    model: id,
    input: bytes(LIMITS.inputBytesMax),
    fee: u64,
    maxAdmission: u128,
    mode: u8,
    n: u8,
    maxNew: u32,
    deadlineBlocks: u64,
  }),
  // An input is hashed twice more than other bytes: for the task's record and as a value of the state.
  work: ({ input }) => 300 + Math.ceil(input.length / 64),
  job: ({ id }) => id,
});
