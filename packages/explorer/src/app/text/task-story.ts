import type { ChainConfig, ChainEvent, Task } from '@aivm/sdk';
import { taskRule } from './task-rules.ts';
import { plural, wordsOf } from './words.ts';

/** Money that moved, and where to. */
export interface Movement {
  readonly label: string;
  readonly amount: bigint;
}

/** One change of a task. */
export interface StoryStep {
  readonly key: string;
  readonly height: number;
  readonly timestamp: string;
  readonly what: string;
  /** The provider that it is about; empty where it is about none. */
  readonly provider: string;
  readonly rule: string;
  readonly movements: readonly Movement[];
  readonly isBad: boolean;
  /** Whether it is a step of a dispute, which has a page of its own. */
  readonly isDispute: boolean;
}

/** What the changes of a task are explained with. */
export interface StoryFacts {
  readonly task: Task;
  readonly config: ChainConfig;
  /** The task as its block admitted it, where that was read. */
  readonly admitted: Task | undefined;
}

const REDUNDANT = 1;
const BAD = new Set([
  'timeout',
  'provider_error',
  'challenge_upheld',
  'provider_slashed',
  'disputed',
  'no_majority',
]);

type TaskEvent = Extract<ChainEvent, { kind: 'task' }>;

/** What was paid out at the end; nothing where the parts of seats, or the work of a network, decide it. */
function endMovements({ status }: TaskEvent, { task, admitted }: StoryFacts): readonly Movement[] {
  if (admitted === undefined) return [];
  const burned = task.burned - admitted.burned;
  const left = admitted.escrow - burned;
  const isWhole = task.mode !== REDUNDANT && task.check_class !== 'int8-graph';
  const burn = burned > 0n ? [{ label: 'burned', amount: burned }] : [];
  if (status === 'completed') return isWhole ? [{ label: 'to the provider', amount: left }, ...burn] : burn;
  return isWhole || burned === 0n ? [{ label: 'back to the requester', amount: left }, ...burn] : burn;
}

function taskMovements(event: TaskEvent, facts: StoryFacts): readonly Movement[] {
  const { admitted } = facts;
  if (event.reason === 'submitted' && admitted !== undefined)
    return [
      { label: 'admission, burned', amount: admitted.burned },
      { label: 'held in escrow', amount: admitted.escrow },
    ];
  return event.status === 'completed' || event.status === 'failed' ? endMovements(event, facts) : [];
}

function taskStep(event: TaskEvent, facts: StoryFacts): Omit<StoryStep, PlaceKey> {
  const rule = taskRule(event.reason);
  return {
    what: rule?.what ?? wordsOf(event.reason),
    provider: event.provider,
    rule: rule?.rule(facts.config) ?? '',
    movements: taskMovements(event, facts),
    isBad: BAD.has(event.reason) || event.status === 'failed',
  };
}

function disputeStep(event: Extract<ChainEvent, { kind: 'dispute' }>): Omit<StoryStep, PlaceKey> {
  const base = { provider: event.provider ?? '', movements: [], isBad: false };
  if (event.change === 'opened')
    return {
      ...base,
      what: 'Challenge admitted',
      rule: 'Whoever challenges stakes a bond: half of it is the provider’s, half is burned if the answer stands.',
      movements: [{ label: 'staked by the challenger', amount: event.bond ?? 0n }],
      isBad: true,
    };
  if (event.change === 'moved')
    return {
      ...base,
      what: `Dispute: ${wordsOf(event.phase ?? 'a move')}`,
      rule: 'Each side has a bounded time for its next move; silence loses.',
    };
  return {
    ...base,
    what: `Dispute settled: ${event.verdict ?? ''}`,
    rule:
      event.verdict === 'upheld'
        ? `The answer was wrong.${event.claim_right === true ? ' The challenger’s own one is right.' : ''}`
        : event.verdict === 'rejected'
          ? 'The answer was not shown to be wrong.'
          : 'Nothing was found, or another game came first.',
    isBad: event.verdict === 'upheld',
  };
}

type PlaceKey = 'key' | 'height' | 'timestamp' | 'isDispute';

function stepOf(event: ChainEvent, facts: StoryFacts): Omit<StoryStep, PlaceKey> | undefined {
  switch (event.kind) {
    case 'task':
      return taskStep(event, facts);
    case 'dispute':
      return disputeStep(event);
    case 'conviction':
      return {
        what: 'Provider convicted',
        provider: event.provider,
        rule: 'By proof only. It forfeits the least bond, or all that it had reserved if that is more; a tenth of what was proven goes to the challenger, the rest is burned.',
        movements: [
          { label: 'forfeited of its bond', amount: event.forfeited },
          { label: 'to the challenger', amount: event.rewarded },
          { label: 'burned', amount: event.burned },
        ],
        isBad: true,
      };
    case 'retraction':
      return {
        what: 'Usable answer withdrawn',
        provider: event.provider,
        rule: wordsOf(event.reason),
        movements: [],
        isBad: true,
      };
    case 'seat':
      return {
        what: `Seat ${event.position}: ${wordsOf(event.change)}`,
        provider: event.provider,
        rule: '',
        movements: [],
        isBad: event.change === 'divergent' || event.change === 'withheld' || event.change === 'absent',
      };
    case 'receipt':
      return {
        what: `Receipt ${event.receipt_index} written`,
        provider: '',
        rule: 'A leaf of the receipts tree: it proves task, model, input and output against any later block.',
        movements: [],
        isBad: false,
      };
    default:
      return undefined;
  }
}

/** The changes of a task, oldest first, each with its rule and the money that it moved. */
export const storyOf = (events: readonly ChainEvent[], facts: StoryFacts): readonly StoryStep[] =>
  events.flatMap((event) => {
    const step = stepOf(event, facts);
    const { height, index, timestamp } = event;
    return step === undefined
      ? []
      : [{ ...step, key: `${height}.${index}`, height, timestamp, isDispute: event.kind === 'dispute' }];
  });

/** How the fee of a task relates to what was paid in, for people. */
export const attemptsOf = ({ attempt }: Task): string =>
  attempt === 0 ? 'none yet' : `${plural(attempt, 'attempt')} begun`;
