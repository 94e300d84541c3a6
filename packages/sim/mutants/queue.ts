import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const queueMutants: CheckerMutants = {
  checker: 'queue',
  mutants: [
    {
      name: 'queue-flat-price',
      fault: 'the last place of the queue costs what the first one does',
      edits: [
        {
          file: `${EXECUTE}/economy/admission.ts`,
          old: '  surgeOf(context, queueCount) *',
          new: '  (queueCount < 0 ? surgeOf(context, queueCount) : 1n) *',
        },
      ],
      scenario: 'tricks',
      seed: 11,
      says: 'came in for',
    },
    {
      name: 'queue-whole',
      fault: 'one account, or tasks of one model, may fill the whole queue',
      edits: [
        {
          file: `${EXECUTE}/operations/submit-task.ts`,
          old: '  const half = Math.max(1, Math.floor(maxTaskQueueSize / 2));',
          new: '  const half = maxTaskQueueSize;',
        },
      ],
      scenario: 'tricks',
      seed: 11,
      says: 'places of the queue',
    },
  ],
};
