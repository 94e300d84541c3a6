import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const lotteryMutants: CheckerMutants = {
  checker: 'lottery',
  mutants: [
    {
      name: 'lottery-idle-first',
      fault: 'a member that has not committed elsewhere yet is passed over',
      edits: [
        {
          file: `${EXECUTE}/assignment/candidates.ts`,
          old: "  const takesWork = kind === 'assignment' ? isIdle : isSeatable;",
          new: `  const isFree: typeof isIdle = (c, p, k) => isSeatable(c, p, k) && p.uncommittedSeats === 0;
  const takesWork = kind === 'assignment' ? isIdle : isFree;`,
        },
      ],
      scenario: 'siege',
      seed: 11,
    },
    {
      name: 'lottery-free-bond',
      fault: 'a seat asks for a bond that answers for nothing else',
      edits: [
        {
          file: `${EXECUTE}/assignment/candidates.ts`,
          old: "  const takesWork = kind === 'assignment' ? isIdle : isSeatable;",
          new: `  const isFree: typeof isIdle = (c, p, k) =>
    isSeatable(c, p, k) && p.bond - p.reserved >= c.config.minProviderBond;
  const takesWork = kind === 'assignment' ? isIdle : isFree;`,
        },
      ],
      scenario: 'siege',
      seed: 11,
    },
    {
      name: 'lottery-shared-draws',
      fault: 'panels have the draws that waiting tasks leave',
      edits: [
        {
          file: `${EXECUTE}/assignment/assignment.ts`,
          old: '  const budget = createBudget(context.params.assignmentTriesPerBlock);',
          new: `  const others = name === 'panels' ? 8 * readLine(context, 'tasks').count : 0;
  const budget = createBudget(Math.max(0, context.params.assignmentTriesPerBlock - others));`,
        },
      ],
      scenario: 'siege',
      seed: 14,
      says: 'nobody was seated',
    },
  ],
};
