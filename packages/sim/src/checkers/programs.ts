import type { CreateChecker } from './checker.ts';

/** A program that ships goes on, whatever nodes and networks do to it: one that stops lets its operator's money lie. */
export const createProgramsChecker: CreateChecker = ({ fail }) => ({
  name: 'programs',
  onCensus({ ended }) {
    const one = ended.find(({ isHonest }) => isHonest);
    if (one !== undefined) fail(`${one.program} ended: ${one.reason}`);
  },
});
