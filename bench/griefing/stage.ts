import { utf8ToBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { hashCommitment, runInt8Kernel } from '@aivm/core/execute';
import {
  PanelPhase,
  readAccount,
  readChain,
  readModel,
  readProvider,
  readTask,
  readWeights,
  readWholePanel,
  type SeatAt,
  SeatStatus,
  Settlement,
  type TaskRecord,
  TaskStatus,
  Vote,
} from '@aivm/core/state';
import type { Operation, OperationOf, Transaction } from '@aivm/core/tx';
import { MemoryChain, type Person, personOf } from '../capture/memory-chain.ts';

export const BOND: bigint = 10n ** 18n;
export const ECHO = 'echo';
export const INT8 = 'wdbc-int8';
export const RIGHT: Uint8Array = Uint8Array.of(42);
export const LIE: Uint8Array = Uint8Array.of(66);
const NOTHING = new Uint8Array(0);
const ZERO = new Uint8Array(32);
const SALT = new Uint8Array(32).fill(9);
const BLOCKS_MAX = 2_000;

/** What a member of a panel does. */
export interface Seating {
  readonly vote?: Vote;
  readonly output?: Uint8Array;
  readonly commits?: boolean;
  readonly reveals?: boolean;
}

/** What people do about a task; what is left out does not happen. */
export interface Manners {
  /** Of the drawn provider: an answer, or an error. */
  readonly answer?: (provider: string, task: TaskRecord) => Uint8Array | string | undefined;
  readonly challenge?: (
    task: TaskRecord,
  ) => readonly { readonly by: Person; readonly output: Uint8Array; readonly bond: bigint }[];
  readonly sit?: (provider: string, task: TaskRecord) => Seating;
  /** Anything else, in each block. */
  readonly also?: (task: TaskRecord) => readonly Transaction[];
}

/** A chain with people on it, some of whom want to hurt others. */
export class Stage {
  readonly chain: MemoryChain;
  readonly #operators = new Map<string, Person>();

  constructor(
    people: readonly Person[],
    change: { readonly config?: object; readonly params?: object } = {},
  ) {
    const config = { taskTimeout: '60s', challengeWindowBlocks: 30, ...change.config };
    const params = { development: true, ...change.params };
    this.chain = new MemoryChain({ chainId: 9_997, message: 'griefing', config, params }, people);
  }

  /** Registers the opaque model that everybody here serves, and a provider of each person by the person's name. */
  register(owner: Person, operators: readonly Person[]): void {
    this.must([this.chain.sign(owner, modelOf(ECHO))]);
    this.must(
      operators.map((by) => {
        this.#operators.set(by.name, by);
        return this.chain.sign(by, registerOf(by));
      }),
    );
  }

  must(transactions: readonly Transaction[]): void {
    const refused = this.chain.mine(transactions)[0];
    if (refused !== undefined) throw new Error(`a transaction was refused: ${refused}`);
  }

  task(id: string): TaskRecord {
    const task = readTask(this.chain.state, id);
    if (task === undefined) throw new Error(`there is no task ${id}`);
    return task;
  }

  /** Coins of a person, those in the bond of its provider and the deposit of its model with them. */
  coinsOf(person: Person): bigint {
    const { state } = this.chain;
    const locked =
      (readProvider(state, person.name)?.bond ?? 0n) + (readModel(state, ownModelOf(person))?.deposit ?? 0n);
    return readAccount(state, person.address).balance + locked;
  }

  /** The one byte that an int8 task has for an answer. */
  rightOf({ weightHash }: TaskRecord, input: Uint8Array): Uint8Array {
    const weights =
      readWeights(this.chain.state, weightHash) ??
      readWeights(this.chain.state, readModel(this.chain.state, INT8)?.weightHash ?? ZERO);
    if (weights === undefined) throw new Error('a model without weights');
    return runInt8Kernel(weights.parameters, input);
  }

  /** Makes blocks until a task has ended. @returns how many */
  play(id: string, manners: Manners): number {
    const from = this.chain.height;
    const challenged = new Set<string>();
    while (this.task(id).endedAtHeight === 0) {
      if (this.chain.height - from > BLOCKS_MAX) throw new Error(`${id} does not end`);
      this.chain.mine(this.#moves(this.task(id), manners, challenged));
    }
    return this.chain.height - from;
  }

  #moves(task: TaskRecord, manners: Manners, challenged: Set<string>): Transaction[] {
    const moves = [...(manners.also?.(task) ?? []), ...this.#sit(task, manners)];
    if (task.n === 0 && task.status === TaskStatus.assigned) moves.push(...this.#answer(task, manners));
    const key = `${task.attempt}`;
    if (task.settlement !== Settlement.posted || challenged.has(key)) return moves;
    const challenges = manners.challenge?.(task) ?? [];
    if (challenges.length > 0) challenged.add(key);
    return [...moves, ...challenges.map(({ by, ...claim }) => this.chain.sign(by, challengeOf(task, claim)))];
  }

  #answer(task: TaskRecord, { answer }: Manners): Transaction[] {
    const by = this.#operators.get(task.assignedTo);
    const said = by && answer?.(task.assignedTo, task);
    return by === undefined || said === undefined ? [] : [this.chain.sign(by, resultOf(task, said))];
  }

  #sit(task: TaskRecord, { sit }: Manners): Transaction[] {
    const whole = readWholePanel(this.chain.state, task.id);
    if (whole === undefined || sit === undefined) return [];
    const { panel, seats } = whole;
    return seats.flatMap((seat) => {
      const by = this.#operators.get(seat.provider);
      if (by === undefined) return [];
      const { vote = Vote.output, output = RIGHT, commits = true, reveals = true } = sit(seat.provider, task);
      const said = { vote, output: vote === Vote.output ? output : NOTHING, salt: SALT };
      const place = placeOf(task, panel.number, seat);
      if (seat.status === SeatStatus.drawn && panel.phase !== PanelPhase.revealing && commits) {
        const { genesisHash } = readChain(this.chain.state);
        const commitment = hashCommitment({ ...place, ...said, genesisHash });
        return [this.chain.sign(by, { kind: 'commitResult', ...place, commitment })];
      }
      const isDue = seat.status === SeatStatus.committed && panel.phase === PanelPhase.revealing;
      if (!isDue || !reveals) return [];
      return [this.chain.sign(by, { kind: 'revealResult', ...place, ...said, computeTimeMs: 1n })];
    });
  }
}

const factsOf = ({ attempt, inputHash, weightHash }: TaskRecord) => ({ attempt, inputHash, weightHash });

const placeOf = (task: TaskRecord, panel: number, { provider, round, position }: SeatAt) => ({
  taskId: task.id,
  provider,
  ...factsOf(task),
  panel,
  round,
  seat: position,
});

/** An opaque model that its owner says to be deterministic. */
export const modelOf = (id: string): Operation => ({
  kind: 'registerModel',
  id,
  name: id,
  modelType: 'function',
  capabilities: [],
  contextSize: 0,
  parameters: '0',
  checkClass: 0,
  deterministic: true,
  header: NOTHING,
  weights: NOTHING,
  weightHash: namedHash('Output', utf8ToBytes(id)),
  licenseRoot: ZERO,
});

const registerOf = (by: Person): Operation => ({
  kind: 'registerProvider',
  id: by.name,
  walletAddress: by.address,
  endpoint: '',
  gpus: [],
  models: [ECHO, INT8],
  bond: BOND,
});

/** A task of the opaque model at the least fee; what differs is given. */
export const taskOf = (id: string, change: Partial<OperationOf<'submitTask'>> = {}): Operation => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: ECHO,
  input: new Uint8Array(32).fill(7),
  fee: 1_000_000n,
  maxAdmission: 0n,
  mode: 0,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 0n,
  ...change,
});

const resultOf = (task: TaskRecord, said: Uint8Array | string): Operation => ({
  kind: 'submitResult',
  taskId: task.id,
  provider: task.assignedTo,
  ...factsOf(task),
  output: typeof said === 'string' ? NOTHING : said,
  error: typeof said === 'string' ? said : '',
  computeTimeMs: 1n,
  proof: NOTHING,
  sessionSignature: NOTHING,
});

const challengeOf = (
  task: TaskRecord,
  { output, bond }: { readonly output: Uint8Array; readonly bond: bigint },
): Operation => ({
  kind: 'challenge',
  taskId: task.id,
  ...factsOf(task),
  panel: task.panels,
  postedHash: task.outputHash,
  output,
  bond,
  rootCommitment: ZERO,
});

/** The name of a person's own model, if it has one. */
export const ownModelOf = ({ name }: Person): string => `model-of-${name}`;

/** People by name. */
export const peopleOf = (name: string, count: number): readonly Person[] =>
  Array.from({ length: count }, (_, i) => personOf(`${name}-${i}`));
