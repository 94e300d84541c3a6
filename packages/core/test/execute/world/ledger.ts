import type { StatelessBlock } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import type { ProtocolEvent } from '@aivm/core/execute';
import {
  CheckClass,
  listProviders,
  readProvider,
  readTask,
  readTaskInput,
  readTaskOutput,
  TaskStatus,
} from '@aivm/core/state';
import { type OperationOf, type Transaction, transactionWork } from '@aivm/core/tx';
import { BOND, rightOutput } from '../scenario.ts';
import { BILLION, type Person, type TestChain } from '../test-chain.ts';

const WORK_PRICE = 1_000n;
const FLOOR = 1_000_000n;
const LIABILITY = 20n;
const SEAT_FEE = 100_000_000n;

interface Submitted {
  readonly requester: string;
  readonly fee: bigint;
  /** What each provider of it earns. */
  readonly part: bigint;
  readonly escrow: bigint;
  /** 0 where one provider answers. */
  readonly m: number;
  readonly n: number;
}

interface Challenged {
  readonly challenger: Uint8Array;
  readonly bond: bigint;
  readonly posted: Uint8Array;
}

/** Of the world's panels by default, and of its committees. */
const M = 2;
const N = 3;
const PENALTY = 10n;
/** What a seat is paid, loses by absence, and ten times by a lie. */
const seatPart = (fee: bigint): bigint => (fee > SEAT_FEE ? fee : SEAT_FEE);
/** What a part leaves its provider after feeBurn. */
const net = (amount: bigint): bigint => amount - amount / 10n;

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
  /** By task and provider: what panels were shown. */
  readonly #reveals = new Map<string, Map<string, Uint8Array>>();
  readonly #disputes = new Map<string, Challenged>();
  readonly #convicted = new Set<string>();
  /** Seats of tasks whose members this block charged for never committing. */
  readonly #absent = new Map<string, number>();

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
    this.#absent.clear();
    for (const [i, tx] of block.transactions.entries()) this.#bookTransaction(chain, tx, codes[i] ?? '');
    for (const event of events) {
      if (event.kind === 'task') this.#bookOutcome(chain, event);
      if (event.kind === 'seat') this.#bookSeat(event);
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
    if (operation.kind === 'submitResult' && operation.error === '') this.#noteAnswer(chain, operation);
    if (operation.kind === 'revealResult') this.#noteReveal(chain, operation);
    if (operation.kind !== 'submitTask') return;
    const n = operation.mode === 0 ? 0 : operation.n || N;
    const part = n === 0 ? operation.fee : seatPart(operation.fee);
    const escrow = part * BigInt(n || 1);
    this.#pay(sender, -escrow - (fee > FLOOR ? fee : FLOOR));
    const requester = bytesToHex(sender);
    this.#tasks.set(operation.id, {
      requester,
      fee: operation.fee,
      part,
      escrow,
      m: n === 0 ? M : Math.floor(n / 2) + 1,
      n,
    });
  }

  #bookBond(sender: Uint8Array, id: string, amount: bigint): void {
    this.#pay(sender, -amount);
    this.bonds.set(id, (this.bonds.get(id) ?? 0n) + amount);
  }

  #noteReveal(chain: TestChain, operation: OperationOf<'revealResult'>): void {
    const { taskId, provider, output } = operation;
    const reveals = this.#reveals.get(taskId) ?? new Map<string, Uint8Array>();
    this.#reveals.set(taskId, reveals.set(provider, output));
    if (!this.#disputes.has(taskId)) this.#noteAnswer(chain, operation);
  }

  #noteAnswer(
    chain: TestChain,
    { taskId, provider, output }: Pick<OperationOf<'submitResult'>, 'taskId' | 'provider' | 'output'>,
  ): void {
    const input = readTaskInput(chain.state, taskId);
    if (input === undefined) return;
    if (!equalBytes(output, rightOutput(input))) this.lies.add(`${taskId}/${provider}`);
  }

  #bookChallenge(chain: TestChain, sender: Uint8Array, operation: OperationOf<'challenge'>): void {
    const task = readTask(chain.state, operation.taskId);
    const accused = task?.assignedTo ?? '';
    if (task?.checkClass === CheckClass.opaque) {
      this.#pay(sender, -operation.bond - BigInt(N) * seatPart(task.fee));
      const posted = readTaskOutput(chain.state, task.id) ?? new Uint8Array();
      this.#disputes.set(task.id, { challenger: sender, bond: operation.bond, posted });
      return;
    }
    if (this.lies.has(`${operation.taskId}/${accused}`)) return;
    const wallet = readProvider(chain.state, accused)?.wallet;
    if (wallet === undefined) throw new Error('a challenge of nobody took effect');
    this.#pay(sender, -operation.bond);
    this.#pay(wallet, operation.bond / 2n);
  }

  #takeBond(provider: string, amount: bigint): bigint {
    const bond = this.bonds.get(provider) ?? 0n;
    const taken = bond < amount ? bond : amount;
    this.bonds.set(provider, bond - taken);
    return taken;
  }

  #payWallet(chain: TestChain, provider: string, amount: bigint): void {
    const wallet = readProvider(chain.state, provider)?.wallet;
    if (wallet === undefined) throw new Error(`money for ${provider}, who is nobody`);
    this.#pay(wallet, amount);
  }

  /** Who showed a panel what, but for those that were convicted meanwhile. */
  #shown(taskId: string): (readonly [provider: string, output: string])[] {
    return [...(this.#reveals.get(taskId) ?? [])]
      .filter(([provider]) => !this.#convicted.has(provider))
      .map(([provider, output]) => [provider, bytesToHex(output)]);
  }

  /** Those of the shown outputs that at least `m` agree on. */
  #agreeing(taskId: string, m: number): { readonly output: string; readonly by: readonly string[] } {
    const shown = this.#shown(taskId);
    for (const [, output] of shown) {
      const by = shown.filter(([, other]) => other === output).map(([provider]) => provider);
      if (by.length >= m) return { output, by };
    }
    return { output: '', by: [] };
  }

  #bookSeat({ taskId, provider, change }: EventOf<'seat'>): void {
    const task = this.#tasks.get(taskId);
    const shown = this.#reveals.get(taskId)?.get(provider);
    if (change === 'released' && shown !== undefined) throw new Error('a released seat had been shown');
    const part = seatPart(task?.fee ?? 0n);
    if (change === 'absent') {
      this.#takeBond(provider, part);
      this.#absent.set(taskId, (this.#absent.get(taskId) ?? 0) + 1);
    }
    if (change !== 'withheld' && change !== 'divergent') return;
    if ((change === 'withheld') !== (shown === undefined))
      throw new Error(`${provider} was blamed for nothing`);
    if (change === 'divergent') {
      const { output } = this.#agreeing(taskId, task?.m ?? 0);
      if (output === '' || output === bytesToHex(shown ?? new Uint8Array())) throw new Error('no divergence');
    }
    this.#takeBond(provider, PENALTY * part);
  }

  #bookOutcome(chain: TestChain, event: EventOf<'task'>): void {
    const task = this.#tasks.get(event.taskId);
    if (task === undefined) throw new Error(`an event of task ${event.taskId}, which nobody submitted`);
    if (event.status !== TaskStatus.failed && event.status !== TaskStatus.completed) return;
    const dispute = this.#disputes.get(event.taskId);
    if (dispute !== undefined) this.#bookVerdict(chain, event, dispute);
    if (event.status === TaskStatus.failed) this.#refund(chain, event.taskId, task, task.escrow);
    else if (task.n > 0) this.#bookPanel(chain, event.taskId, task);
    else this.#payWallet(chain, event.provider, net(task.escrow));
    this.#reveals.delete(event.taskId);
    this.#disputes.delete(event.taskId);
  }

  #bookPanel(chain: TestChain, taskId: string, task: Submitted): void {
    const isKernel = readTask(chain.state, taskId)?.checkClass === CheckClass.int8Kernel;
    const winners = isKernel
      ? this.#shown(taskId).filter(([provider]) => !this.lies.has(`${taskId}/${provider}`))
      : this.#agreeing(taskId, task.m).by.map((provider) => [provider]);
    if (winners.length === 0) throw new Error('a redundant task was completed by nobody');
    for (const [provider] of winners) this.#payWallet(chain, provider as string, net(task.part));
    this.#refund(chain, taskId, task, task.escrow - task.part * BigInt(winners.length));
  }

  /** For each member that never committed a requester loses a fiftieth of what a part is more than seatFee, of what it has back. */
  #refund(chain: TestChain, taskId: string, { requester, part, n }: Submitted, left: bigint): void {
    const before = readTask(chain.state, taskId)?.pastOperators.length ?? 0;
    const absences = n === 0 ? 0 : before + (this.#absent.get(taskId) ?? 0);
    const burned = ((part - SEAT_FEE) * BigInt(absences)) / 50n;
    this.#pay(requester, n === 0 ? left : left - (burned < left ? burned : left));
  }

  #bookVerdict(chain: TestChain, event: EventOf<'task'>, { challenger, bond, posted }: Challenged): void {
    const { taskId, reason, status } = event;
    const accused = readTask(chain.state, taskId)?.assignedTo ?? '';
    const fee = this.#tasks.get(taskId)?.fee ?? 0n;
    const { output, by } = this.#agreeing(taskId, M);
    const isUpheld = output === bytesToHex(posted) && !this.#convicted.has(accused);
    const isFallen = by.length > 0 && output !== bytesToHex(posted);
    const expected = isUpheld ? 'final' : isFallen ? 'challenge_upheld' : 'undecided';
    if (reason !== expected)
      throw new Error(`a committee said ${reason}, its members ${expected} (${status})`);
    const paid = isUpheld || isFallen ? by : this.#shown(taskId).map(([provider]) => provider);
    const part = seatPart(fee);
    for (const provider of paid) this.#payWallet(chain, provider, net(part));
    // An undecided challenge costs a part at least.
    const due = part * BigInt(Math.max(paid.length, isUpheld || isFallen ? 0 : 1));
    const fromBond = isFallen ? this.#takeBond(accused, due) : 0n;
    if (isFallen) this.#takeBond(accused, PENALTY * fee);
    if (isUpheld) this.#payWallet(chain, accused, bond / 2n);
    this.#pay(challenger, (isUpheld ? 0n : bond) + BigInt(N) * part - due + fromBond);
  }

  #bookConviction({ taskId, provider, challenger, rewarded }: EventOf<'conviction'>): void {
    if (!this.lies.has(`${taskId}/${provider}`)) throw new Error(`${provider} was convicted for the truth`);
    const liability = LIABILITY * (this.#tasks.get(taskId)?.fee ?? 0n);
    const due = liability > BOND ? liability : BOND;
    if (this.#convicted.has(provider)) throw new Error(`${provider} was convicted twice`);
    this.#convicted.add(provider);
    const forfeited = this.#takeBond(provider, due);
    if (rewarded > 0n) this.#pay(challenger, forfeited / 10n);
  }
}
