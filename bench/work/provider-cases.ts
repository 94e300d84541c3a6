import { ProviderStatus, readChain, requireProvider, stateKeys } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import {
  type BlockContext,
  updateChain,
  writeProvider,
} from '../../packages/core/src/execute/context/block-context.ts';
import { beginToLeave, leaveLists } from '../../packages/core/src/execute/providers/provider-lists.ts';
import { epochCodec } from '../../packages/core/src/state/records/chain.ts';
import type { WorstCase } from './measure.ts';
import { type Person, personAt, type WorkChain } from './work-chain.ts';
import {
  BOND,
  HELD_HASH,
  LARGEST_GPUS,
  largestRegistration,
  longId,
  worstProvider,
} from './worst-provider.ts';

const idOf = (i: number): string => longId('provider', i);

/** So many people, each with a provider of the worst kind and one operation about it. */
function eachWithProvider(
  name: string,
  count: number,
  operationOf: (id: string, by: Person) => Operation,
  prepare: (context: BlockContext, id: string) => void = () => undefined,
): WorstCase {
  return {
    name,
    setUp: (chain: WorkChain) => {
      for (let i = 0; i < count; i++)
        chain.prepare((context) => {
          worstProvider(context, personAt(i), idOf(i));
          prepare(context, idOf(i));
        });
      return Array.from({ length: count }, (_, i) =>
        chain.sign(personAt(i), operationOf(idOf(i), personAt(i))),
      );
    },
  };
}

/** Its bond is below a seat's least, so that it stands in no list; what `addBond` brings puts it back into all. */
function impoverish(context: BlockContext, id: string): void {
  const provider = requireProvider(context.state, id);
  leaveLists(context, { ...provider, bond: 1n });
}

function beginLeaving(context: BlockContext, id: string): void {
  const left = beginToLeave(context, requireProvider(context.state, id));
  writeProvider(context, {
    ...left,
    status: ProviderStatus.unbonding,
    withdrawableAtHeight: 1,
    seats: [],
    openSeats: 0,
  });
}

/** A reward of an epoch that has closed, which the claim folds first. */
function reward(context: BlockContext, id: string): void {
  const { state } = context;
  const { epoch } = readChain(state);
  writeProvider(context, { ...requireProvider(state, id), rewardEpoch: epoch, epochReward: 1_000n });
  state.setRecord(stateKeys.epoch(epoch), epochCodec, {
    ...{ epoch, startedAt: 0, endedAt: 1, endedAtHeight: 1, receipts: 1n, heartbeatsDue: 1 },
    ...{ total: 10n ** 9n, paid: 10n ** 9n, foldedTotal: 0n, foldedPaid: 0n },
  });
  updateChain(context, (chain) => ({
    epoch: epoch + 1n,
    rewardsUnclaimed: chain.rewardsUnclaimed + 10n ** 9n,
  }));
}

/** The chain's word for the price: payments to accounts that are new. */
export const transfers = (count: number): WorstCase => ({
  name: 'transfer',
  setUp: (chain) =>
    Array.from({ length: count }, (_, i) => {
      const to = new Uint8Array(20).fill(7);
      new DataView(to.buffer).setUint32(0, i);
      return chain.sign(personAt(i % 100), { kind: 'transfer', to, amount: 1n });
    }),
});

export const providerCases: readonly WorstCase[] = [
  {
    name: 'registerProvider, 32 models, 64 GPUs',
    setUp: (chain) =>
      Array.from({ length: 4 }, (_, i) => chain.sign(personAt(i), largestRegistration(personAt(i), idOf(i)))),
  },
  {
    name: 'registerProvider, serves all',
    setUp: (chain) =>
      Array.from({ length: 20 }, (_, i) =>
        chain.sign(personAt(i), { ...largestRegistration(personAt(i), idOf(i)), gpus: [], models: [] }),
      ),
  },
  eachWithProvider('updateProvider, 64 GPUs', 4, (id, { address }) => ({
    ...{ kind: 'updateProvider', id, walletAddress: address, endpoint: 'e'.repeat(256) },
    ...{ gpus: LARGEST_GPUS, leastFee: 1n },
  })),
  eachWithProvider('heartbeat', 8, (id) => ({ kind: 'heartbeat', id })),
  eachWithProvider(
    'addBond, back into 96 lists',
    3,
    (id) => ({ kind: 'addBond', id, amount: BOND }),
    impoverish,
  ),
  eachWithProvider('beginUnbond, out of 64 lists', 3, (id) => ({ kind: 'beginUnbond', id })),
  eachWithProvider('withdrawBond, out of 32 lists', 3, (id) => ({ kind: 'withdrawBond', id }), beginLeaving),
  eachWithProvider(
    'claimRewards',
    8,
    (id) => ({ kind: 'claimRewards', provider: id }),
    (context, id) => {
      if (readChain(context.state).epoch === 0n) reward(context, id);
      else
        writeProvider(context, {
          ...requireProvider(context.state, id),
          rewardEpoch: 0n,
          epochReward: 1_000n,
        });
    },
  ),
  eachWithProvider('dropModel, 64 networks', 3, (id) => ({
    ...{ kind: 'dropModel', provider: id, weightHash: HELD_HASH },
  })),
];
