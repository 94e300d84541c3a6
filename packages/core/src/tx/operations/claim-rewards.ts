import { struct } from '../../bytes/codec/composites.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Pays a provider's rewards of closed epochs to its wallet. */
export const claimRewards = defineOperation({
  tag: 21,
  codec: struct('ClaimRewards', { provider: id }),
  work: 100,
});
