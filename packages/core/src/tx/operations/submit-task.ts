import { struct } from '../../bytes/codec/composites.ts';
import { bytes, u8, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Asks for work. `mode` 0, `m` 0, `n` 0 and `deadlineBlocks` 0 mean the chain's defaults. */
export const submitTask = defineOperation({
  tag: 14,
  codec: struct('SubmitTask', {
    id,
    taskType: id,
    model: id,
    input: bytes(LIMITS.inputBytesMax),
    fee: u64,
    mode: u8,
    m: u8,
    n: u8,
    deadlineBlocks: u64,
  }),
  work: 300,
  job: ({ id }) => id,
});
