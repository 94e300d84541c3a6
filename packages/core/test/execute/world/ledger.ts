import {
  bytesToHex,
  equalBytes,
  listProviders,
  type OperationOf,
  type ProtocolEvent,
  readProvider,
  readTask,
  readTaskInput,
  type StatelessBlock,
  TaskStatus,
  type Transaction,
  transactionWork,
} from '@aivm/core';
import { BOND, rightOutput } from '../scenario.ts';
import { BILLION, type Person, type TestChain } from '../test-chain.ts';

const WORK_PRICE = 1_000n;
const FLOOR = 1_000_000n;
const LIABILITY = 20n;

interface Submitted {
  readonly requester: string;
  readonly fee: bigint;
  readonly escrow: bigint;
}

type EventOf<K extends ProtocolEvent['kind']> = Extract<ProtocolEvent, { kind: K }>;

/**
 * What everybody should own, by the rules as people would state them: an account book kept beside the chain, from
 * blocks and events alone. Amounts are its own arithmetic; of the chain's it takes only what claims paid.
 */
export class Ledger {
  readonly balances = new Map<string, bigint>();
  readonly bonds = new Map<string, bigint>();
  /** "task/provider" of every wrong answer. */
  readonly lies = new Set<string>();
  readonly #tasks = new Map<string, Submitted>();

  constructor(people: readonly Person[]) {
    for (const { address } of people) this.#pay(address, BILLION);
  }

  #pay(to: Uint8Array | string, amount: bigint): void {
    const address = typeof to === 'string' ? to : bytesToHex(to);
    this.balances.set(address, (this.balances.get(address) ?? 0n) + amount);
  }

  /** Books a block. `chain` is still at its parent; `codes` and `events` are what executing it gave. */
  bookBlock(
    chain: TestChain,
    block: StatelessBlock,
    { codes, events }: { readonly codes: readonly string[]; readonly events: readonly ProtocolEvent[] },
  ): void {
    for (const [i, tx] of block.transactions.entries()) this.#bookTransaction(chain, tx, codes[i] ?? '');
    for (const event of events) {
      if (event.kind === 'task') this.#bookOutcome(chain, event);
      if (event.kind === 'conviction') this.#bookConviction(event);
    }
    // After the convictions: nothing can be withdrawn before the result that convicts is settled.
    for (const [i, { sender, operation }] of block.transactions.entries()) {
      if (operation.kind !== 'withdrawBond' || codes[i] !== '') continue;
      this.#pay(sender, this.bonds.get(operation.id) ?? 0n);
      this.bonds.set(operation.id, 0n);
    }
  }

  /** Books what claims paid in the block that `chain` has just committed; `claimed` is what had been paid before. */
  bookClaims(chain: TestChain, claimed: ReadonlyMap<string, bigint>): void {
    for (const { id, wallet, rewardsClaimed } of listProviders(chain.state)) {
      this.#pay(wallet, rewardsClaimed - (claimed.get(id) ?? 0n));
    }
  }

  #bookTransaction(chain: TestChain, tx: Transaction, code: string): void {
    const { sender, operation } = tx;
    const fee = BigInt(transactionWork(tx)) * WORK_PRICE;
    if (operation.kind !== 'submitTask' || code !== '') this.#pay(sender, -fee);
    if (code !== '') return;
    if (operation.kind === 'transfer') {
      this.#pay(sender, -operation.amount);
      this.#pay(operation.to, operation.amount);
    }
    if (operation.kind === 'registerModel') this.#pay(sender, -(10n ** 15n));
    if (operation.kind === 'registerProvider') this.#bookBond(sender, operation.id, operation.bond);
    if (operation.kind === 'addBond') this.#bookBond(sender, operation.id, operation.amount);
    if (operation.kind === 'challenge') this.#bookChallenge(chain, sender, operation);
    if (operation.kind === 'submitResult') this.#noteAnswer(chain, operation);
    if (operation.kind !== 'submitTask') return;
    this.#pay(sender, -operation.fee);
    const escrow = operation.fee - (fee > FLOOR ? fee : FLOOR);
    this.#tasks.set(operation.id, { requester: bytesToHex(sender), fee: operation.fee, escrow });
  }

  #bookBond(sender: Uint8Array, id: string, amount: bigint): void {
    this.#pay(sender, -amount);
    this.bonds.set(id, (this.bonds.get(id) ?? 0n) + amount);
  }

  #noteAnswer(chain: TestChain, { taskId, provider, output, error }: OperationOf<'submitResult'>): void {
    const input = readTaskInput(chain.state, taskId);
    if (input === undefined || error !== '') return;
    if (!equalBytes(output, rightOutput(input))) this.lies.add(`${taskId}/${provider}`);
  }

  #bookChallenge(chain: TestChain, sender: Uint8Array, operation: OperationOf<'challenge'>): void {
    const accused = readTask(chain.state, operation.taskId)?.assignedTo ?? '';
    if (this.lies.has(`${operation.taskId}/${accused}`)) return;
    const wallet = readProvider(chain.state, accused)?.wallet;
    if (wallet === undefined) throw new Error('a challenge of nobody took effect');
    this.#pay(sender, -operation.bond);
    this.#pay(wallet, operation.bond / 2n);
  }

  #bookOutcome(chain: TestChain, event: EventOf<'task'>): void {
    const task = this.#tasks.get(event.taskId);
    if (task === undefined) throw new Error(`an event of task ${event.taskId}, which nobody submitted`);
    if (event.status === TaskStatus.failed) this.#pay(task.requester, task.escrow);
    if (event.status !== TaskStatus.completed) return;
    const wallet = readProvider(chain.state, event.provider)?.wallet;
    if (wallet === undefined) throw new Error('a task was completed by nobody');
    this.#pay(wallet, task.escrow - task.escrow / 10n);
  }

  #bookConviction({ taskId, provider, challenger, rewarded }: EventOf<'conviction'>): void {
    if (!this.lies.has(`${taskId}/${provider}`)) throw new Error(`${provider} was convicted for the truth`);
    const liability = LIABILITY * (this.#tasks.get(taskId)?.fee ?? 0n);
    const due = liability > BOND ? liability : BOND;
    const bond = this.bonds.get(provider) ?? 0n;
    const forfeited = due > bond ? bond : due;
    this.bonds.set(provider, bond - forfeited);
    if (rewarded > 0n) this.#pay(challenger, forfeited / 10n);
  }
}
