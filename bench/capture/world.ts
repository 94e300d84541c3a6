import { hashCommitment } from '@aivm/core/execute';
import {
  PanelPhase,
  readChain,
  readPanel,
  readTask,
  readWholePanel,
  type SeatAt,
  SeatStatus,
  Settlement,
  type TaskRecord,
  TaskStatus,
  Vote,
} from '@aivm/core/state';
import type { Operation, Transaction } from '@aivm/core/tx';
import { MemoryChain, type Person, personOf } from './memory-chain.ts';

/** What an operator does with its seats. */
export type Side = 'honest' | 'asleep' | 'attacker';

/** What is played. */
export interface Play {
  /** Operators by side. */
  readonly crowd: Readonly<Record<Side, number>>;
  /** Whether panels of redundant tasks are counted, or committees about results. */
  readonly kind: 'panels' | 'committees';
  /** Whether every honest member holds seats of panels that the attacker asks for, one after the other. */
  readonly isBusy: boolean;
  readonly count: number;
  readonly name: string;
}

/** One panel or committee that has ended. */
export interface Ended {
  /** Members of the attacker when it ended. */
  readonly attackers: number;
  readonly m: number;
  readonly n: number;
  /** Operators that could be drawn when it began, and the attacker's among them. */
  readonly candidates: number;
  readonly ofAttacker: number;
  /** How the task ended: final, or why not. */
  readonly error: string;
  readonly isFinal: boolean;
}

const MODEL = 'adder';
const RIGHT = Uint8Array.of(42);
const LIE = Uint8Array.of(66);
const NOTHING = new Uint8Array(0);
const ZERO = new Uint8Array(32);
const SALT = new Uint8Array(32).fill(9);
const BOND = 10n ** 18n;
/**
 * Seats that a member may hold in a busy play: a panel of everybody takes one of each, and with fewer no other panel would
 * begin beside it.
 */
const BUSY_SEATS_MAX = 3;
const GPU = { model: 'H100', memoryGb: 80, tflops: '1', available: true, temperature: '', utilization: '' };

/** A chain with a crowd, played until `count` panels or committees have ended. */
export class CaptureWorld {
  readonly #play: Play;
  readonly #chain: MemoryChain;
  readonly #victim = personOf('victim');
  readonly #boss = personOf('boss');
  readonly #watcher = personOf('watcher');
  readonly #people: readonly (readonly [Side, Person])[];
  readonly #sideOf = new Map<string, Side>();
  readonly #personOf = new Map<string, Person>();
  readonly #open = new Set<string>();
  readonly #seen = new Map<string, Ended>();
  readonly ended: Ended[] = [];
  readonly #held: string[] = [];

  constructor(play: Play) {
    this.#play = play;
    const sides = Object.entries(play.crowd) as [Side, number][];
    this.#people = sides.flatMap(([side, count]) =>
      Array.from({ length: count }, (_, i): [Side, Person] => [side, personOf(`${side}-${i}`)]),
    );
    const genesis = {
      chainId: 9_998,
      message: play.name,
      config: { taskTimeout: '60s', challengeWindowBlocks: 30 },
      params: { development: true, maxOpenSeats: play.isBusy ? BUSY_SEATS_MAX : 32 },
    };
    const people = [this.#victim, this.#boss, this.#watcher, ...this.#people.map(([, person]) => person)];
    this.#chain = new MemoryChain(genesis, people);
    this.#register();
  }

  /** Plays to the end. @returns every panel or committee */
  run(): readonly Ended[] {
    this.#begin();
    for (let block = 0; this.ended.length < this.#play.count; block++) {
      if (block > 5_000)
        throw new Error(`${this.#play.name}: ${this.ended.length} ended after ${block} blocks`);
      this.#must(this.#chain.mine(this.#moves()));
      this.#look();
    }
    return this.ended;
  }

  #must(codes: readonly string[]): void {
    // A seat may be cut off in the very block that carries its commitment; nothing else is refused.
    const other = codes.find((code) => code !== 'too_late' && code !== 'wrong_state');
    if (other !== undefined) throw new Error(`${this.#play.name}: a transaction was refused: ${other}`);
  }

  #register(): void {
    const chain = this.#chain;
    this.#must(chain.mine([chain.sign(this.#boss, modelOf())]));
    const registrations = this.#people.map(([side, by]) => {
      this.#sideOf.set(by.name, side);
      this.#personOf.set(by.name, by);
      // Nothing checks the hardware that the attacker claims.
      return chain.sign(by, registerOf(by.name, by, side === 'attacker' ? 5 : 1));
    });
    this.#must(chain.mine(registrations));
  }

  /** The attacker holds the members, then victims ask. */
  #begin(): void {
    const chain = this.#chain;
    if (this.#play.isBusy) {
      this.#must(chain.mine([this.#hold()]));
      for (let i = 0; i < 16; i++) this.#must(chain.mine());
    }
    const mode = this.#play.kind === 'panels' ? 1 : 0;
    const ids = Array.from({ length: this.#play.count }, (_, i) => `victim-${i}`);
    const asked = { mode, n: mode === 1 ? 5 : 0 };
    this.#must(chain.mine(ids.map((id) => chain.sign(this.#victim, submitOf(id, asked)))));
    for (const id of ids) this.#open.add(id);
  }

  /** A panel of the whole crowd, whose members take as long as they may. */
  #hold(): Transaction {
    const id = `held-${this.#held.length}`;
    this.#held.push(id);
    return this.#chain.sign(this.#boss, submitOf(id, { mode: 1, n: 15 }));
  }

  /** Whether the last panel of the whole crowd keeps nobody busy any more. */
  #isHoldOver(): boolean {
    const last = this.#held.at(-1);
    if (last === undefined) return false;
    const panel = readPanel(this.#chain.state, last);
    const hasEnded = (readTask(this.#chain.state, last)?.endedAtHeight ?? 0) > 0;
    return hasEnded || panel?.phase === PanelPhase.revealing;
  }

  /** What everybody does in the next block. */
  #moves(): Transaction[] {
    const moves: Transaction[] = this.#isHoldOver() ? [this.#hold()] : [];
    for (const id of [...this.#open, ...this.#held]) {
      const task = readTask(this.#chain.state, id);
      if (task === undefined || task.endedAtHeight > 0) continue;
      if (task.n === 0 && task.status === TaskStatus.assigned) moves.push(...this.#answer(task));
      if (task.settlement === Settlement.posted) moves.push(...this.#dispute(task));
      moves.push(...this.#sit(task));
    }
    return moves;
  }

  /** Honest providers answer; those of the attacker lie; sleepers say nothing. */
  #answer(task: TaskRecord): Transaction[] {
    const side = this.#sideOf.get(task.assignedTo);
    const by = this.#personOf.get(task.assignedTo);
    if (by === undefined || side === 'asleep') return [];
    const output = side === 'attacker' ? LIE : RIGHT;
    return [this.#chain.sign(by, resultOf(task, output))];
  }

  /** Every result is disputed: lies by the watcher, honest ones by the attacker. */
  #dispute(task: TaskRecord): Transaction[] {
    const isLie = this.#sideOf.get(task.assignedTo) === 'attacker';
    return [this.#chain.sign(isLie ? this.#watcher : this.#boss, challengeOf(task, isLie ? RIGHT : LIE))];
  }

  #sit(task: TaskRecord): Transaction[] {
    const whole = readWholePanel(this.#chain.state, task.id);
    if (whole === undefined) return [];
    const { panel, seats } = whole;
    const strength = seats.filter(({ provider }) => this.#sideOf.get(provider) === 'attacker').length;
    const isHeld = this.#held.includes(task.id);
    return seats.flatMap((seat) => {
      const side = this.#sideOf.get(seat.provider) ?? 'asleep';
      const by = this.#personOf.get(seat.provider);
      if (by === undefined || side === 'asleep') return [];
      // With a majority the attacker lies; without one it says what the others say, as late as it can.
      const output = side === 'attacker' && strength >= panel.m ? LIE : RIGHT;
      const isLast = this.#chain.height + 1 === panel.commitDeadline - 1;
      const isSlow = isHeld || (side === 'attacker' && strength < panel.m);
      if (seat.status === SeatStatus.drawn && panel.phase !== PanelPhase.revealing)
        return isSlow && !isLast ? [] : [this.#commit(by, task, panel.number, seat, output)];
      if (seat.status !== SeatStatus.committed || panel.phase !== PanelPhase.revealing) return [];
      return [this.#chain.sign(by, this.#reveal(task, panel.number, seat, output))];
    });
  }

  #seat(task: TaskRecord, number: number, seat: SeatAt) {
    return {
      taskId: task.id,
      provider: seat.provider,
      ...factsOf(task),
      panel: number,
      round: seat.round,
      seat: seat.position,
    };
  }

  #commit(by: Person, task: TaskRecord, number: number, seat: SeatAt, output: Uint8Array): Transaction {
    const place = this.#seat(task, number, seat);
    const { genesisHash } = readChain(this.#chain.state);
    const vote = { vote: Vote.output, output, salt: SALT };
    const commitment = hashCommitment({ ...place, ...vote, genesisHash });
    return this.#chain.sign(by, { kind: 'commitResult', ...place, commitment });
  }

  #reveal(task: TaskRecord, number: number, seat: SeatAt, output: Uint8Array): Operation {
    const place = this.#seat(task, number, seat);
    return { kind: 'revealResult', ...place, vote: Vote.output, output, computeTimeMs: 1n, salt: SALT };
  }

  /** Remembers who sits where, and counts what has ended. */
  #look(): void {
    for (const id of this.#open) {
      const task = readTask(this.#chain.state, id);
      if (task === undefined) continue;
      const whole = readWholePanel(this.#chain.state, id);
      if (whole !== undefined) this.#seen.set(id, this.#compose(task, whole));
      if (task.endedAtHeight === 0) continue;
      const last = this.#seen.get(id);
      this.#open.delete(id);
      if (last === undefined) this.#skip(id);
      else this.ended.push({ ...last, error: task.error, isFinal: task.settlement === Settlement.final });
    }
  }

  /** A task that ended without a panel was drawn for sleepers alone; another one takes its place. */
  #skip(id: string): void {
    const again = `${id}x`;
    this.#must(this.#chain.mine([this.#chain.sign(this.#victim, submitOf(again, { mode: 0, n: 0 }))]));
    this.#open.add(again);
  }

  #compose(task: TaskRecord, { panel, seats }: NonNullable<ReturnType<typeof readWholePanel>>): Ended {
    const attackers = seats.filter(({ provider }) => this.#sideOf.get(provider) === 'attacker').length;
    const { attacker } = this.#play.crowd;
    // The operator that answered cannot judge itself, nor can those that were drawn and timed out.
    const past = task.n > 0 ? [] : this.#pastSides(task);
    const candidates = this.#people.length - past.length;
    const ofAttacker = attacker - past.filter((side) => side === 'attacker').length;
    const known = this.#seen.get(task.id);
    const { m, n } = panel;
    const first = known ?? { candidates, ofAttacker };
    return {
      attackers,
      m,
      n,
      candidates: first.candidates,
      ofAttacker: first.ofAttacker,
      error: '',
      isFinal: false,
    };
  }

  #pastSides({ pastOperators }: TaskRecord): readonly Side[] {
    return pastOperators.flatMap((past) => {
      const found = this.#people.find(([, { address }]) => address.join() === past.join());
      return found === undefined ? [] : [found[0]];
    });
  }
}

const factsOf = ({ attempt, inputHash, weightHash }: TaskRecord) => ({ attempt, inputHash, weightHash });

const modelOf = (): Operation => ({
  kind: 'registerModel',
  id: MODEL,
  name: MODEL,
  modelType: 'function',
  capabilities: [],
  contextSize: 0,
  parameters: '0',
  checkClass: 0,
  deterministic: true,
  header: NOTHING,
  weights: NOTHING,
  weightHash: new Uint8Array(32).fill(1),
  licenseRoot: ZERO,
});

const registerOf = (id: string, by: Person, gpus: number): Operation => ({
  kind: 'registerProvider',
  id,
  walletAddress: by.address,
  endpoint: '',
  gpus: Array.from({ length: gpus }, () => GPU),
  models: [MODEL],
  bond: BOND,
});

const submitOf = (id: string, { mode, n }: { readonly mode: number; readonly n: number }): Operation => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: MODEL,
  input: new Uint8Array(32).fill(7),
  fee: 10n ** 8n,
  maxAdmission: 10n ** 20n,
  mode,
  n,
  maxNew: 0,
  deadlineBlocks: 0n,
});

const resultOf = (task: TaskRecord, output: Uint8Array): Operation => ({
  kind: 'submitResult',
  taskId: task.id,
  provider: task.assignedTo,
  ...factsOf(task),
  output,
  error: '',
  computeTimeMs: 1n,
  proof: NOTHING,
  sessionSignature: NOTHING,
});

const challengeOf = (task: TaskRecord, output: Uint8Array): Operation => ({
  kind: 'challenge',
  taskId: task.id,
  ...factsOf(task),
  panel: task.panels,
  postedHash: task.outputHash,
  output,
  bond: 10n ** 16n,
  rootCommitment: ZERO,
});
