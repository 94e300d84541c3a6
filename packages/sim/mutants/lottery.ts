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
          old: "  if (kind !== 'assignment') return isSeatable(context, provider, kind) ? 'yes' : 'no';",
          new: `  const isFree = provider.uncommittedSeats === 0;
  if (kind !== 'assignment') return isFree && isSeatable(context, provider, kind) ? 'yes' : 'no';`,
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
          old: "  if (kind !== 'assignment') return isSeatable(context, provider, kind) ? 'yes' : 'no';",
          new: `  const isFree = provider.bond - provider.reserved >= context.config.minProviderBond;
  if (kind !== 'assignment') return isFree && isSeatable(context, provider, kind) ? 'yes' : 'no';`,
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
