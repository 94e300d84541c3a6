import { struct } from '../../bytes/codec/composites.ts';
import { bytes32 } from '../../bytes/codec/primitives.ts';
import { defineOperation } from './define-operation.ts';
import { seatMembers } from './members.ts';

/** Commits a seat of a panel to a vote, by the hash that `hashCommitment` makes of it and of what the seat is about. */
export const commitResult = defineOperation({
  tag: 17,
  codec: struct('CommitResult', { ...seatMembers, commitment: bytes32 }),
  // The last one of a panel moves timers, seats and fifteen members on.
  work: 600,
  job: ({ taskId }) => taskId,
});
