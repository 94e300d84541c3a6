import {
  DEFAULT_PARAMS,
  listProviders,
  ProviderStatus,
  readChain,
  readPanel,
  readTask,
  readTrial,
  stateKeys,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { TIMESTAMP_MAX } from '../../src/block/block.ts';
import { beginBlock, createContext, finishBlock } from '../../src/execute/block/execute-block.ts';
import {
  type BlockContext,
  updateChain,
  writeOperator,
  writeProvider,
  writeTask,
} from '../../src/execute/context/block-context.ts';
import { LIMITS } from '../../src/state/limits.ts';
import { readOperator } from '../../src/state/read.ts';
import { receiptFrontierCodec } from '../../src/state/receipts-tree/frontier.ts';
import { isBitSet, RECEIPT_COUNT_MAX, RECEIPTS_TREE_DEPTH } from '../../src/state/receipts-tree/subtrees.ts';
import { REPUTATION_MAX } from '../../src/state/records/operator.ts';
import { timerHeightCodec } from '../../src/state/records/timer.ts';
import { challengeGame, honestJob, postAnswer } from './game-players.ts';
import { chainWithGraph, randomModel, watchers } from './graph-scenario.ts';
import { ANSWER_FACTS, CLAIM_FACTS } from './named-facts.ts';
import { commit, NO_HASH, open, operatorOf, seated, submit, user, watcher } from './panel-scenario.ts';
import { disgrace, type Person, type TestChain } from './test-chain.ts';

const OUTPUT = Uint8Array.of(1);
const GENESIS = {
  config: { taskTimeout: '15s', challengeWindowBlocks: 12 },
  params: { development: true, drawSlackBlocks: 2, revealBlocks: 4 },
};

const taskOf = (chain: TestChain) => {
  const task = readTask(chain.state, 't');
  if (task === undefined) throw new Error('no task');
  return task;
};
/** Every block after this one, until `isDue`: a timer runs in the block to come. */
function until(chain: TestChain, isDue: () => boolean): TestChain {
  for (let i = 0; i < 400; i++) {
    if (isDue()) return chain;
    chain.mine();
  }
  throw new Error('the timer never came');
}
const isNext = (chain: TestChain, height: number): boolean => height === chain.height + 1;

function submitted(providers: number, more: Parameters<typeof submit>[0] = {}, fee?: bigint): TestChain {
  const chain = open(providers, ['adder'], GENESIS);
  const asked = { model: 'adder', ...more, ...(fee === undefined ? {} : { fee }) };
  chain.mine([chain.sign(user, submit(asked))]);
  return chain;
}

function posted(fee?: bigint): TestChain {
  const chain = submitted(8, { mode: 0 }, fee);
  chain.mine();
  const [provider] = seated(chain) as [string];
  const rest = { error: '', computeTimeMs: 1n, proof: NO_HASH, sessionSignature: new Uint8Array() };
  const answer = { kind: 'submitResult', taskId: 't', provider, ...ANSWER_FACTS, output: OUTPUT } as const;
  chain.must(operatorOf(provider), { ...answer, ...rest });
  return chain;
}

function disputed(fee?: bigint): TestChain {
  const chain = posted(fee);
  const bond = fee === undefined || fee < 10n ** 15n ? 10n ** 16n : 10n * fee;
  const claim = { output: Uint8Array.of(9), bond, rootCommitment: NO_HASH };
  chain.must(watcher, { kind: 'challenge', taskId: 't', ...CLAIM_FACTS, ...claim });
  return chain;
}

/** Mines to the block before the timer of a panel's step. */
const atPanel = (chain: TestChain, step: 'draw' | 'commit' | 'redraw' | 'recommit' | 'reveal'): TestChain => {
  const [phase, round] = { draw: [0, 0], commit: [1, 0], redraw: [0, 1], recommit: [1, 1], reveal: [2, 0] }[
    step
  ] as [number, number];
  return until(chain, () => {
    const panel = readPanel(chain.state, 't');
    const isThere = panel?.phase === phase && (phase === 2 || panel.round === round);
    return isThere && isNext(chain, panel.timers[step].height);
  });
};

/** All seats but `silent` commit. */
function committed(chain: TestChain, silent: number): TestChain {
  until(chain, () => readPanel(chain.state, 't')?.phase === 1);
  chain.mine(
    seated(chain)
      .slice(silent)
      .map((id) => commit(chain, id, OUTPUT)),
  );
  return chain;
}

/** All but so many providers leave once the first seat is drawn. */
function deserted(chain: TestChain, left: number): TestChain {
  until(chain, () => (readPanel(chain.state, 't')?.drawn ?? 0) > 0);
  const leaving = listProviders(chain.state).slice(left);
  chain.mine(leaving.map(({ id }) => chain.sign(operatorOf(id), { kind: 'beginUnbond', id })));
  return chain;
}

/** All but so many providers may be drawn no more once the first seat is: leaving does not end draws for a committee. */
function disgraced(chain: TestChain, left: number): TestChain {
  until(chain, () => (readPanel(chain.state, 't')?.drawn ?? 0) > 0);
  chain.verifies = false;
  disgrace(
    chain,
    ...listProviders(chain.state)
      .slice(left)
      .map(({ id }) => operatorOf(id)),
  );
  return chain;
}

const n = 7;
const SCENES: Readonly<Record<string, (fee?: bigint) => TestChain>> = {
  'the deadline of a task': (fee) => {
    const chain = submitted(0, { mode: 0, deadlineBlocks: 5n }, fee);
    return until(chain, () => isNext(chain, taskOf(chain).deadlineHeight));
  },
  'the deadline of a panel that nobody serves': (fee) => {
    const chain = submitted(0, { n, deadlineBlocks: 5n }, fee);
    return until(chain, () => isNext(chain, taskOf(chain).deadlineHeight));
  },
  "a provider's timeout": (fee) => {
    const chain = submitted(3, { mode: 0 }, fee);
    return until(chain, () => isNext(chain, taskOf(chain).timeoutHeight));
  },
  "a window's end": (fee) => {
    const chain = posted(fee);
    return until(chain, () => isNext(chain, taskOf(chain).finalAtHeight));
  },
  'the end of a draw': (fee) => atPanel(deserted(submitted(8, { n }, fee), 3), 'draw'),
  'the end of the time to commit': (fee) => atPanel(submitted(8, { n }, fee), 'commit'),
  'the end of the second draw': (fee) => atPanel(submitted(8, { n }, fee), 'redraw'),
  'the end of the second time to commit': (fee) => atPanel(submitted(8, { n }, fee), 'recommit'),
  'the end of the time to reveal': (fee) => atPanel(committed(submitted(8, { n }, fee), 1), 'reveal'),
  "the end of a committee's draw": (fee) => atPanel(disgraced(disputed(fee), 3), 'draw'),
  "the end of a committee's time to commit": (fee) => atPanel(disputed(fee), 'commit'),
  "the end of a committee's second draw": (fee) => atPanel(disputed(fee), 'redraw'),
  "the end of a committee's time to reveal": (fee) => atPanel(committed(disputed(fee), 1), 'reveal'),
  'the clock of a game': () => {
    const { model, input } = randomModel(1, 'map');
    const job = honestJob(model, input, 1);
    const chain = chainWithGraph(job.model);
    postAnswer(chain, job, job.output);
    const [by] = watchers as [Person];
    chain.must(by, challengeGame(chain, by, new Uint8Array(32).fill(3)));
    return until(chain, () => isNext(chain, readTrial(chain.state, 't')?.timer.height ?? 0));
  },
};

const eachProvider = (context: BlockContext, change: object): void => {
  for (const provider of listProviders(context.state)) writeProvider(context, { ...provider, ...change });
};
const eachOperator = (context: BlockContext, change: object): void => {
  for (const { operator } of listProviders(context.state))
    writeOperator(context, operator, { ...readOperator(context.state, operator), ...change });
};

/** Says that so many heights behind this block are full, in both lanes. */
function fillHeights(context: BlockContext, count: number): void {
  for (let height = context.height + 1; height <= context.height + count; height++) {
    const full = (weight: number) => ({ used: 0, weight, firstFree: 0 });
    const { timerSlots, disputeTimerSlots } = context.params;
    context.state.setRecord(stateKeys.timerHeight(height), timerHeightCodec, full(timerSlots));
    context.state.setRecord(stateKeys.disputeTimerHeight(height), timerHeightCodec, full(disputeTimerSlots));
  }
}

/** A log of so many receipts. */
const receipts = (count: number) => (context: BlockContext) =>
  context.state.setRecord(stateKeys.receiptFrontier(), receiptFrontierCodec, {
    count,
    branch: Array.from({ length: RECEIPTS_TREE_DEPTH }, (_, level) =>
      new Uint8Array(32).fill(isBitSet(count, level) ? 1 : 0),
    ),
  });

const BOUNDS: Readonly<Record<string, (context: BlockContext) => void>> = {
  'nothing else': () => undefined,
  'the last receipt of 32 bits': receipts(2 ** 32 - 1),
  'receipt 2^32': receipts(2 ** 32),
  'the last receipt': receipts(RECEIPT_COUNT_MAX - 1),
  'a full log of receipts': receipts(RECEIPT_COUNT_MAX),
  'bonds that are gone': (context) => eachProvider(context, { bond: 0n }),
  'bonds of one unit': (context) => eachProvider(context, { bond: 1n }),
  'every provider convicted': (context) => {
    eachProvider(context, { status: ProviderStatus.slashed });
    eachOperator(context, { convicted: true, reputation: 0 });
  },
  'every provider leaving': (context) => eachProvider(context, { status: ProviderStatus.unbonding }),
  'no reputation': (context) => eachOperator(context, { reputation: 0 }),
  'all reputation': (context) => eachOperator(context, { reputation: REPUTATION_MAX }),
  'full heights behind it': (context) => fillHeights(context, 700),
  'the last attempt': (context) => writeTask(context, { ...taskIn(context), attempt: LIMITS.attemptsMax }),
  'as many past operators as attempts': (context) =>
    writeTask(context, {
      ...taskIn(context),
      pastOperators: Array.from({ length: LIMITS.attemptsMax }, (_, i) => new Uint8Array(20).fill(200 + i)),
    }),
  'panels without number': (context) => writeTask(context, { ...taskIn(context), panels: 65_535 }),
  'an epoch without end': (context) => updateChain(context, () => ({ epoch: 2n ** 63n })),
};

function taskIn(context: BlockContext) {
  const task = readTask(context.state, 't');
  if (task === undefined) throw new Error('no task');
  return task;
}

/** Runs the next block's timers on a changed state. */
function drive(chain: TestChain, change: (context: BlockContext) => void, timestamp: number): void {
  const context = createContext(chain.parent, { timestamp });
  change(context);
  beginBlock(context);
  finishBlock(context, chain.parent.state, { outcomes: [], details: [] });
}

describe.each(Object.keys(SCENES))('%s', (name) => {
  const scene = SCENES[name] as (fee?: bigint) => TestChain;
  const chain = scene();
  const soon = chain.tip.header.timestamp + 1;

  it('is a timer that is due', () => {
    const { timersPending } = readChain(chain.state);
    const context = createContext(chain.parent, { timestamp: soon });
    beginBlock(context);
    expect([timersPending > 0, readChain(context.state).timersPending < timersPending]).toContain(true);
    expect(context.events.length).toBeGreaterThan(0);
  });

  it.each(Object.keys(BOUNDS))('runs at its bound: %s', (bound) => {
    expect(() => drive(chain, BOUNDS[bound] as (context: BlockContext) => void, soon)).not.toThrow();
  });

  it('runs in the last second that there is', () => {
    expect(() => drive(chain, () => undefined, TIMESTAMP_MAX)).not.toThrow();
  });

  it.each([
    ['the least', DEFAULT_PARAMS.feeFloor],
    ['the largest', 10n ** 16n],
  ])('runs for %s fee', (_, fee) => {
    const dear = scene(fee);
    expect(() => drive(dear, () => undefined, dear.tip.header.timestamp + 1)).not.toThrow();
  });
});
