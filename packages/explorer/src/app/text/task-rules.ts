import type { ChainConfig } from '@aivm/sdk';
import { plural } from './words.ts';

/** What a change of a task is called, and the rule by which it came. */
export interface TaskRule {
  readonly what: string;
  readonly rule: (config: ChainConfig) => string;
}

const percent = (basisPoints: number): string => `${basisPoints / 100} %`;

/** By the reason that the event names. */
const RULES: Readonly<Record<string, TaskRule>> = {
  submitted: {
    what: 'Submitted',
    rule: () =>
      'The requester pays in: the admission is burned at once, the fee is held in escrow until the task ends.',
  },
  assigned: {
    what: 'Given to a provider',
    rule: ({ params }) =>
      `Drawn from the eligible providers by the seed of the block before. ${plural(params.liabilityMultiple, 'times', 'times')} the fee of its bond is reserved until the task is settled.`,
  },
  posted: {
    what: 'Answered',
    rule: ({ config }) =>
      `The answer is on chain in full. For about ${plural(config.challengeWindowBlocks, 'block')} anybody may challenge it.`,
  },
  final: {
    what: 'Final',
    rule: ({ params }) =>
      `No challenge proved the answer wrong before its window ended. The provider is paid, ${percent(params.feeBurnBasisPoints)} of that is burned, and a receipt is written.`,
  },
  disputed: {
    what: 'Disputed',
    rule: () => 'A challenge was admitted. Nothing is final while it is judged.',
  },
  defended: {
    what: 'Defended',
    rule: () => 'Every game about the answer ended, and it stands. Its window goes on.',
  },
  timeout: {
    what: 'Timed out',
    rule: ({ params }) =>
      `The provider did not answer in time: 5 % of reputation, and another provider is drawn, at most ${plural(params.maxAttempts, 'attempt')} in all.`,
  },
  provider_error: {
    what: 'The provider gave up',
    rule: ({ params }) =>
      `The provider posted an error instead of an answer. It is excluded, and the task is tried again, at most ${plural(params.maxAttempts, 'attempt')} in all.`,
  },
  challenge_upheld: {
    what: 'Shown to be wrong',
    rule: () =>
      'The answer was proved wrong and is void. The escrow was never touched; the provider that gave it is out.',
  },
  provider_slashed: {
    what: 'Void: its provider was convicted',
    rule: () => 'The provider of this answer was convicted over another task. All its open answers fall.',
  },
  undecided: {
    what: 'Undecided',
    rule: () => 'Nobody was found wrong. The answer is void, and the requester is refunded.',
  },
  deadline: {
    what: 'Too late',
    rule: () => 'No answer by the deadline of the task: the escrow goes back to the requester.',
  },
  cancelled: {
    what: 'Cancelled',
    rule: () => 'The requester took the task back before a provider was drawn.',
  },
  no_other_provider: {
    what: 'Nobody else serves it',
    rule: () => 'No other operator serves the model, so the escrow goes back at once.',
  },
  no_majority: {
    what: 'No majority',
    rule: () => 'Fewer equal answers than decide. What was not earned goes back to the requester.',
  },
  seats_drawn: {
    what: 'Seats are drawn',
    rule: () => 'One seat a block, so that no single proposer picks the panel.',
  },
  panel_drawn: {
    what: 'The panel is complete',
    rule: () => 'Members commit to a hash of their answer, so that nobody can copy.',
  },
  seats_redrawn: {
    what: 'Absent seats are drawn again',
    rule: () => 'Too few committed. The absent seats are drawn once more.',
  },
  revealing: {
    what: 'Answers are shown',
    rule: () => 'Whoever committed reveals. An answer that was not committed counts for nothing.',
  },
};

/** The rule behind a reason; undefined for a provider's own words. */
export const taskRule = (reason: string): TaskRule | undefined =>
  Object.hasOwn(RULES, reason) ? RULES[reason] : undefined;
