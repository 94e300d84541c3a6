import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const oneOutcomeMutants: CheckerMutants = {
  checker: 'one-outcome',
  mutants: [
    {
      name: 'one-outcome-receipts',
      fault: 'a redundant task gets a receipt for every winner',
      edits: [
        {
          file: `${EXECUTE}/settlement/complete.ts`,
          old: `  const receiptNumber = writeReceipt(
    context,
    task,
    by.map(({ provider }) => requireProvider(context.state, provider)),
  );`,
          new: `  let receiptNumber = 0;
  for (const { provider } of by) {
    receiptNumber = writeReceipt(context, task, [requireProvider(context.state, provider)]);
  }`,
        },
      ],
      scenario: 'panels',
      seed: 11,
    },
  ],
};
