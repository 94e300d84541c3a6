import { struct } from '../../bytes/codec/composites.ts';
import { bytes32 } from '../../bytes/codec/primitives.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Commits a seat of a panel to an output: hash(chain id ‖ task id ‖ output hash ‖ trace root ‖ provider ‖ salt). */
export const commitResult = defineOperation({
  tag: 17,
  codec: struct('CommitResult', { taskId: id, provider: id, commitment: bytes32 }),
  work: 200,
  job: ({ taskId }) => taskId,
});
