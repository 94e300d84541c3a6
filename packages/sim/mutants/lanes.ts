import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const lanesMutants: CheckerMutants = {
  checker: 'lanes',
  mutants: [
    {
      name: 'lanes-none',
      fault: 'paid transactions may fill whole blocks',
      edits: [
        {
          file: `${EXECUTE}/context/block-room.ts`,
          old: '{ plain: 6, answers: 7, disputes: 8 }',
          new: '{ plain: 8, answers: 8, disputes: 8 }',
        },
      ],
      scenario: 'shipping-panels',
      seed: 11,
    },
    {
      name: 'lanes-idle-vertices',
      fault: 'a block carries vertices of which it executes nothing',
      edits: [
        {
          file: `${EXECUTE}/block/block-lanes.ts`,
          old: ' * EXECUTED_PARTS < bytes.length;',
          new: ' * EXECUTED_PARTS < 0 * bytes.length;',
        },
      ],
      scenario: 'junk',
      seed: 11,
      says: 'were executed',
    },
  ],
};
