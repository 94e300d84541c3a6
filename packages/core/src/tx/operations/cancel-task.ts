import { struct } from '../../bytes/codec/composites.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Takes a task back while nobody was drawn for it. */
export const cancelTask = defineOperation({
  tag: 15,
  codec: struct('CancelTask', { taskId: id }),
  work: 100,
  job: ({ taskId }) => taskId,
});
