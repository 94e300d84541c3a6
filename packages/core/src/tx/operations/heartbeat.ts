import { struct } from '../../bytes/codec/composites.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Says that the provider is there. */
export const heartbeat = defineOperation({
  tag: 4,
  codec: struct('Heartbeat', { id }),
  // A record of 36 KB at most is written anew and hashed.
  work: 250,
});
