import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { readProvider, Settlement } from '@aivm/core/state';
import type { Person } from '../world/cast.ts';
import type { CheckContext, CreateChecker, ObservedBlock } from './checker.ts';
import { isConspiracy } from './conspiracy.ts';

/** What a block did to the purse of one honest person. */
interface Turn {
  /** By how much everything that is the person's grew, wherever it is locked. */
  gain: bigint;
  /** The most that it may have become less. */
  due: bigint;
}

/** Ends of a panel whose majority says that there is no answer. */
const ERRORS: ReadonlySet<string> = new Set(['too_long', 'cannot_run']);

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);

/** The purses of honest people that a block touches. */
class Purses {
  readonly turns = new Map<Person, Turn>();
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  /** Accounts, bonds, the escrow of own tasks, stakes in disputes and deposits of models. */
  count({ changes }: ObservedBlock): void {
    for (const { hex, before, after } of changes.account) {
      this.#add(hexToBytes(hex.slice(2)), (after?.balance ?? 0n) - (before?.balance ?? 0n));
    }
    for (const { before, after } of changes.provider) {
      this.#add((after ?? before)?.operator, (after?.bond ?? 0n) - (before?.bond ?? 0n));
    }
    for (const { before, after } of changes.task) {
      this.#add((after ?? before)?.requester, (after?.escrow ?? 0n) - (before?.escrow ?? 0n));
    }
    for (const { before, after } of changes.dispute) {
      const held = (dispute: typeof before): bigint => (dispute?.bond ?? 0n) + (dispute?.prepaid ?? 0n);
      this.#add((after ?? before)?.challenger, held(after) - held(before));
    }
    for (const { before, after } of changes.game) {
      this.#add((after ?? before)?.challenger, (after?.stake ?? 0n) - (before?.stake ?? 0n));
    }
    for (const { before, after } of changes.model) {
      this.#add((after ?? before)?.owner, (after?.deposit ?? 0n) - (before?.deposit ?? 0n));
    }
  }

  /**
   * Fees of own transactions, transfers, and the escrow of own tasks that were delivered, or that were worked on by a panel
   * without a majority: its largest groups have half a part each, and at least as much is burned with it. So are conspirators
   * that are most of a panel and say that they cannot.
   */
  allowFees(observed: ObservedBlock): void {
    const { block, outcomes, changes, events } = observed;
    for (const [i, { sender, operation }] of block.transactions.entries()) {
      const outcome = outcomes[i];
      const sent = operation.kind === 'transfer' && outcome?.code === '' ? operation.amount : 0n;
      this.#allow(sender, (outcome?.burned ?? 0n) + sent);
    }
    const isWorkedOn = (taskId: string): boolean =>
      events.some(
        (event) =>
          event.kind === 'task' &&
          event.taskId === taskId &&
          (event.reason === 'no_majority' ||
            (ERRORS.has(event.reason) && isConspiracy(observed, taskId, this.#context.cast))),
      );
    for (const { before, after } of changes.task) {
      if (before === undefined || after === undefined) continue;
      const spent = positive(before.escrow - after.escrow);
      const isFinal = after.settlement === Settlement.final;
      if (!isFinal && !isWorkedOn(after.id)) continue;
      const halves = 2n * positive(after.burned - before.burned);
      this.#allow(after.requester, isFinal || halves > spent ? spent : halves);
    }
  }

  /** What no rule protects from: most of a panel conspires, or a world whose honest people may be late. */
  allowConspiracies(block: ObservedBlock): void {
    const { cast, mirror } = this.#context;
    for (const event of block.events) {
      if (event.kind !== 'seat' && event.kind !== 'challenge') continue;
      const isLate = event.kind === 'seat' && event.change !== 'divergent' && !cast.guarantees.timely;
      if (!isLate && !isConspiracy(block, event.taskId, cast)) continue;
      this.#allow(readProvider(mirror, event.provider)?.operator, undefined);
      if (event.kind === 'challenge') this.#allow(event.challenger, undefined);
    }
  }

  #turnOf(address: Uint8Array | undefined): Turn | undefined {
    const person = address && this.#context.cast.honestPersonOf(address);
    if (person === undefined) return undefined;
    const turn = this.turns.get(person) ?? { gain: 0n, due: 0n };
    this.turns.set(person, turn);
    return turn;
  }

  #add(address: Uint8Array | undefined, amount: bigint): void {
    const turn = this.#turnOf(address);
    if (turn !== undefined) turn.gain += amount;
  }

  /** Undefined allows everything. */
  #allow(address: Uint8Array | undefined, amount: bigint | undefined): void {
    const turn = this.#turnOf(address);
    if (turn !== undefined) turn.due += amount ?? 2n ** 128n;
  }
}

/**
 * No honest provider, watcher or requester loses a coin beyond fees and what was delivered to it, whatever anybody does:
 * else there is somebody whom it pays to hurt, or who had better stay away.
 */
export const createHonestCoinsChecker: CreateChecker = (context) => ({
  name: 'honest-coins',
  onBlock(block) {
    const purses = new Purses(context);
    purses.count(block);
    purses.allowFees(block);
    purses.allowConspiracies(block);
    for (const [{ identities }, { gain, due }] of purses.turns) {
      if (gain + due >= 0n) continue;
      const who = identities.map(({ name }) => name).join(', ');
      const [first] = identities;
      const address = first === undefined ? '' : bytesToHex(first.address);
      context.fail(`height ${block.height}: ${who} (0x${address}) lost ${-gain}, ${due} was due`);
    }
  },
});
