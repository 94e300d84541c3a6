import { type Operation, operationDefinition } from '../tx/operations/operations.ts';

/**
 * The id of the task that an operation is about; undefined for one that is about no task. A job is a task: an operation
 * that creates, ends, answers or disputes one is about it, and no other operation is.
 */
export const jobIdOf = (operation: Operation): string | undefined =>
  operationDefinition(operation.kind).job?.(operation);
