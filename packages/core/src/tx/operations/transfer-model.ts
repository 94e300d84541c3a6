import { struct } from '../../bytes/codec/composites.ts';
import { address } from '../../bytes/codec/primitives.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Gives a model, its deposit included, to another account. */
export const transferModel = defineOperation({
  tag: 13,
  codec: struct('TransferModel', { id, owner: address }),
  work: 200,
});
