import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { readProvider } from '@aivm/core/state';
import type { CheckContext, CreateChecker, ObservedBlock } from './checker.ts';

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);

/** What one person has, and what comes in by ways other than a self-accusation. */
class Purse {
  readonly #genesis: CheckContext['genesis'];
  readonly #mirror: CheckContext['mirror'];
  readonly #isHis: (address: Uint8Array | undefined) => boolean;

  constructor({ cast, genesis, mirror }: Pick<CheckContext, 'cast' | 'genesis' | 'mirror'>, one: Uint8Array) {
    this.#genesis = genesis;
    this.#mirror = mirror;
    this.#isHis = (address) => address !== undefined && cast.isSamePerson(one, address);
  }

  #owns(provider: string): boolean {
    return this.#isHis(readProvider(this.#mirror, provider)?.operator);
  }

  /** By how much the person's accounts and bonds grew in a block. */
  gain({ changes }: ObservedBlock): bigint {
    let gain = 0n;
    for (const { hex, before, after } of changes.account) {
      if (this.#isHis(hexToBytes(hex.slice(2)))) gain += (after?.balance ?? 0n) - (before?.balance ?? 0n);
    }
    for (const { before, after } of changes.provider) {
      if (this.#isHis(after?.operator)) gain += (after?.bond ?? 0n) - (before?.bond ?? 0n);
    }
    return gain;
  }

  /** The most that came in otherwise: the escrow of own tasks, fees, rewards, transfers, deposits back, others' bonds. */
  income(block: ObservedBlock): bigint {
    const { changes } = block;
    let income = this.#won(block);
    for (const { before, after } of changes.task) {
      const isHis =
        this.#isHis((before ?? after)?.requester) ||
        [before, after].some((task) => task !== undefined && this.#owns(task.assignedTo));
      if (isHis) income += positive((before?.escrow ?? 0n) - (after?.escrow ?? 0n));
    }
    const feeOf = new Map(changes.task.map(({ after }) => [after?.id, after?.fee ?? 0n]));
    const { params } = this.#genesis;
    for (const { hex, before, after } of changes.seat) {
      if (after !== undefined || !this.#isHis(before?.operator)) continue;
      const size = Number.parseInt(hex.slice(2, 4), 16);
      const fee = feeOf.get(new TextDecoder().decode(hexToBytes(hex.slice(4, 4 + 2 * size)))) ?? 0n;
      income += fee > params.seatFee ? fee : params.seatFee;
    }
    for (const { before, after } of changes.provider) {
      const claimed = (after?.rewardsClaimed ?? 0n) - (before?.rewardsClaimed ?? 0n);
      if (this.#isHis(after?.operator)) income += claimed;
    }
    for (const { before, after } of changes.dispute) {
      if (after !== undefined || before === undefined) continue;
      if (this.#isHis(before.challenger)) income += before.bond + before.prepaid;
      else income += before.bond;
    }
    return income;
  }

  /** Transfers received, rewards for convicting others, and the bonds of others whose accusations were wrong. */
  #won({ block, outcomes, events }: ObservedBlock): bigint {
    let won = 0n;
    for (const [i, { operation, sender }] of block.transactions.entries()) {
      if (outcomes[i]?.code !== '' || this.#isHis(sender)) continue;
      if (operation.kind === 'transfer' && this.#isHis(operation.to)) won += operation.amount;
      const isOfHis = events.some(
        (event) =>
          event.kind === 'challenge' &&
          operation.kind === 'challenge' &&
          event.taskId === operation.taskId &&
          this.#owns(event.provider),
      );
      if (operation.kind === 'challenge' && isOfHis) won += operation.bond / 2n;
    }
    for (const event of events) {
      if (event.kind !== 'conviction' || this.#isHis(event.operator)) continue;
      for (const { challenger, amount } of event.shares) if (this.#isHis(challenger)) won += amount;
    }
    return won;
  }
}

/**
 * No person gains by accusing, or convicting, a provider of its own through a second account: else bonds that answer
 * for lies would become the liar's reward.
 */
export const createSelfAccusationChecker: CreateChecker = ({ cast, genesis, mirror, fail }) => ({
  name: 'self-accusation',
  onBlock(block) {
    for (const event of block.events) {
      if (event.kind !== 'challenge') continue;
      const { challenger, provider } = event;
      const operator = readProvider(mirror, provider)?.operator;
      if (operator === undefined || !cast.isSamePerson(operator, challenger)) continue;
      const purse = new Purse({ cast, genesis, mirror }, challenger);
      const gain = purse.gain(block);
      const income = purse.income(block);
      if (gain <= income) continue;
      fail(
        `height ${block.height}: ${bytesToHex(challenger)} has ${gain} more by a self-accusation, ${income} came otherwise`,
      );
    }
    for (const event of block.events) {
      if (event.kind !== 'conviction') continue;
      const { operator, shares, forfeited } = event;
      const own = shares.filter(({ challenger }) => cast.isSamePerson(operator, challenger));
      const back = own.reduce((sum, { amount }) => sum + amount, 0n);
      if (own.length > 0 && back >= forfeited)
        fail(`height ${block.height}: ${bytesToHex(operator)} has back what its conviction took`);
    }
  },
});
