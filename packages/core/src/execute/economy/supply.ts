import { parse } from '../../bytes/codec/codec.ts';
import { assert } from '../../errors/aivm-error.ts';
import { KEY_PREFIXES } from '../../state/keys.ts';
import { accountCodec } from '../../state/records/account.ts';
import { type Chain, chainCodec } from '../../state/records/chain.ts';
import { modelCodec } from '../../state/records/model.ts';
import { disputeCodec } from '../../state/records/panel.ts';
import { providerCodec } from '../../state/records/provider.ts';
import { taskCodec } from '../../state/records/task.ts';
import { gameCodec } from '../../state/records/trial.ts';

/** Where all the money of a chain is. */
export interface SupplyReport {
  readonly balances: bigint;
  readonly bonds: bigint;
  readonly escrow: bigint;
  /** Bonds of open challenges and games, and what their challengers prepaid for committees. */
  readonly challenges: bigint;
  readonly deposits: bigint;
  readonly unclaimedRewards: bigint;
  readonly burned: bigint;
  /** The sum of the above. */
  readonly total: bigint;
  /** Genesis allocations and what was minted since: what the total must be. */
  readonly expected: bigint;
  readonly balanced: boolean;
}

/**
 * Adds up every record of a state and compares with what genesis gave and epochs minted. Cost grows with the state: a
 * check for tests, tools and operators, not for blocks.
 * @param entries every key and value of one state, in any order
 */
export function checkSupply(entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>): SupplyReport {
  const sums = { balances: 0n, bonds: 0n, escrow: 0n, challenges: 0n, deposits: 0n };
  let chain: Chain | undefined;
  for (const [key, value] of entries) {
    const kind = String.fromCharCode(key[0] ?? 0);
    if (kind === KEY_PREFIXES.account) sums.balances += parse(accountCodec, value).balance;
    else if (kind === KEY_PREFIXES.provider) sums.bonds += parse(providerCodec, value).bond;
    else if (kind === KEY_PREFIXES.task) sums.escrow += parse(taskCodec, value).escrow;
    else if (kind === KEY_PREFIXES.dispute) {
      const { bond, prepaid } = parse(disputeCodec, value);
      sums.challenges += bond + prepaid;
    } else if (kind === KEY_PREFIXES.game) sums.challenges += parse(gameCodec, value).stake;
    else if (kind === KEY_PREFIXES.model) sums.deposits += parse(modelCodec, value).deposit;
    else if (kind === KEY_PREFIXES.chain) chain = parse(chainCodec, value);
  }
  assert(chain !== undefined, 'a state without its chain record');
  const { rewardsUnclaimed: unclaimedRewards, burned, genesisSupply, minted } = chain;
  const total =
    sums.balances + sums.bonds + sums.escrow + sums.challenges + sums.deposits + unclaimedRewards + burned;
  const expected = genesisSupply + minted;
  return { ...sums, unclaimedRewards, burned, total, expected, balanced: total === expected };
}
