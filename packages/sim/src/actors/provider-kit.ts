import { concatBytes, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { hashCommitment, providerRewards } from '@aivm/core/execute';
import {
  CheckClass,
  type Panel,
  PanelPhase,
  type ProviderRecord as Provider,
  ProviderStatus,
  readPanel,
  readProvider,
  readSeat,
  readTask,
  type Seat,
  SeatStatus,
  type TaskRecord as Task,
  TaskStatus,
  Vote,
} from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import { type Identity, identityOf } from '../world/identity.ts';
import { rightAnswer } from '../world/right-answer.ts';
import type { Actor, View } from './actor.ts';
import { answerFacts, seatFacts } from './named-facts.ts';

/** Rounds before something that had no effect is tried again. */
const RETRY_ROUNDS = 4;

/** What a provider does where protocol leaves it the choice. Left out: as an honest one would. */
export interface ProviderHabits {
  /** The answer to a task; undefined for silence. */
  answer?(view: View, task: Task, right: Uint8Array): Uint8Array | undefined;
  /** An error instead of an answer; '' for none. */
  error?(view: View, task: Task): string;
  /** The commitment of a seat; undefined to commit to nothing. */
  commitment?(view: View, task: Task, own: Uint8Array): Uint8Array | undefined;
  /** What a seat of a panel of an opaque model says; an output where it is left out. */
  vote?(view: View, task: Task): Vote;
  /** Whether a committed seat shows its output. */
  reveals?(view: View, task: Task): boolean;
  /** Whether the provider may be registered now; asked each round until it is. */
  isReady?(view: View, me: Identity): boolean;
  /** What an attested environment says to an answer; nothing where it is left out. */
  sessionSignature?(view: View, task: Task, answer: Uint8Array): Uint8Array;
  /** Each round while the provider is registered, whatever its status. */
  also?(view: View, provider: Provider, me: Identity): void;
}

export interface ProviderOptions {
  readonly kind: string;
  readonly isHonest: boolean;
  /** The provider's id; its operator's identity is of the same name. */
  readonly id: string;
  readonly gpuCount?: number;
  /** Models that it names; none for all. */
  readonly models?: readonly string[];
  /** Rounds before it registers. */
  readonly joinsAfter?: number;
  readonly habits?: ProviderHabits;
}

/** Hardware as it is declared; every two GPUs more let a provider hold more tasks. */
const gpus = (count: number): Extract<Operation, { kind: 'registerProvider' }>['gpus'] =>
  Array.from({ length: count }, () => ({
    model: 'H100',
    memoryGb: 80,
    tflops: '60.0',
    available: true,
    temperature: '40',
    utilization: '0',
  }));

/** Salts follow from what they salt, so that a provider that lost its memory can still reveal. */
const saltOf = (provider: string, { taskId, number }: Panel, { round }: Seat): Uint8Array =>
  keccak256(concatBytes(utf8ToBytes(`salt/${provider}/${taskId}/${number}/${round}`)));

/** Someone who registers a provider and works for it, honestly but for its habits. */
export class ProviderActor implements Actor {
  readonly kind: string;
  readonly isHonest: boolean;
  readonly identities: readonly Identity[];
  readonly id: string;
  readonly #me: Identity;
  readonly #options: ProviderOptions;
  readonly #habits: ProviderHabits;
  readonly #tried = new Map<string, number>();

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.isHonest = options.isHonest;
    this.id = options.id;
    this.#habits = options.habits ?? {};
    this.#me = identityOf(`operator/${options.id}`);
    this.identities = [this.#me];
  }

  act(view: View): void {
    const provider = readProvider(view.state, this.id);
    if (provider === undefined) {
      this.#register(view);
      return;
    }
    this.#habits.also?.(view, provider, this.#me);
    if (provider.status === ProviderStatus.slashed) return;
    for (const taskId of [...provider.assigned, ...provider.seats]) {
      const task = readTask(view.state, taskId);
      if (task !== undefined) this.#work(view, task);
    }
    if (provider.status === ProviderStatus.active && !view.isDraining) this.#keepUp(view, provider);
  }

  /** Does something unless it was done a moment ago and may still be on its way. */
  once(view: View, what: string, operation: () => Operation): void {
    const last = this.#tried.get(what);
    if (last !== undefined && view.round - last < RETRY_ROUNDS) return;
    this.#tried.set(what, view.round);
    if (view.submit(this.#me, operation()) === '') view.note(what.split(' ')[0] ?? what);
  }

  #register(view: View): void {
    if (view.round <= (this.#options.joinsAfter ?? 0) || view.isDraining) return;
    if (this.#habits.isReady?.(view, this.#me) === false) return;
    this.once(view, 'register', () => ({
      kind: 'registerProvider',
      id: this.id,
      walletAddress: this.#me.address,
      endpoint: 'sim:',
      gpus: gpus(this.#options.gpuCount ?? 3),
      models: this.#options.models ?? [],
      bond: 2n * view.config.minProviderBond,
    }));
  }

  #keepUp(view: View, provider: Provider): void {
    const { heartbeatBlocks } = view.params;
    const period = Math.floor((view.height + 1) / heartbeatBlocks);
    if (provider.heartbeatHeight === 0 || period > Math.floor(provider.heartbeatHeight / heartbeatBlocks)) {
      this.once(view, `heartbeat ${period}`, () => ({ kind: 'heartbeat', id: this.id }));
    }
    if (view.round % 40 === 0 && providerRewards(view.state, provider).claimable > 0n) {
      this.once(view, 'claim', () => ({ kind: 'claimRewards', provider: this.id }));
    }
  }

  #work(view: View, task: Task): void {
    const right = rightAnswer(view.state, task);
    if (right === undefined) return;
    const panel = readPanel(view.state, task.id);
    const place = panel && this.#seatOf(view, panel);
    if (panel !== undefined && place !== undefined) this.#workInPanel(view, task, { panel, ...place, right });
    else if (task.status === TaskStatus.assigned && task.assignedTo === this.id)
      this.#post(view, task, right);
  }

  #post(view: View, task: Task, right: Uint8Array): void {
    if (view.height + 1 >= task.timeoutHeight) return;
    const error = this.#habits.error?.(view, task) ?? '';
    const answer = this.#habits.answer === undefined ? right : this.#habits.answer(view, task, right);
    if (answer === undefined && error === '') {
      view.note('silence');
      return;
    }
    this.once(view, `answer ${task.id}/${task.attempt}`, () => ({
      kind: 'submitResult',
      taskId: task.id,
      provider: this.id,
      ...answerFacts(task),
      output: error === '' ? (answer ?? right) : new Uint8Array(),
      error,
      computeTimeMs: 5n,
      proof: new Uint8Array(),
      sessionSignature:
        (error === '' ? this.#habits.sessionSignature?.(view, task, answer ?? right) : undefined) ??
        new Uint8Array(),
    }));
  }

  #seatOf(view: View, panel: Panel): { readonly seat: Seat; readonly position: number } | undefined {
    for (let position = 0; position < panel.n; position++) {
      const seat = readSeat(view.state, panel.taskId, position);
      if (seat?.provider === this.id) return { seat, position };
    }
    return undefined;
  }

  #workInPanel(
    view: View,
    task: Task,
    {
      panel,
      seat,
      position,
      right,
    }: {
      readonly panel: Panel;
      readonly seat: Seat;
      readonly position: number;
      readonly right: Uint8Array;
    },
  ): void {
    const salt = saltOf(this.id, panel, seat);
    const answer = this.#habits.answer === undefined ? right : this.#habits.answer(view, task, right);
    if (answer === undefined) return;
    const facts = { ...seatFacts(task, panel, { seat, position }), provider: this.id };
    const isOpaque = task.checkClass === CheckClass.opaque;
    const vote = (isOpaque ? this.#habits.vote?.(view, task) : undefined) ?? Vote.output;
    const own = { ...facts, vote, output: vote === Vote.output ? answer : new Uint8Array(), salt };
    if (seat.status === SeatStatus.drawn && panel.phase !== PanelPhase.revealing) {
      const honest = hashCommitment({ ...own, genesisHash: view.genesisHash });
      const commitment =
        this.#habits.commitment === undefined ? honest : this.#habits.commitment(view, task, honest);
      if (commitment === undefined) view.note('no-commitment');
      else
        this.once(view, `commit ${task.id}/${panel.number}/${seat.round}`, () => ({
          kind: 'commitResult',
          ...facts,
          commitment,
        }));
    }
    if (seat.status !== SeatStatus.committed || panel.phase !== PanelPhase.revealing) return;
    if (this.#habits.reveals?.(view, task) === false) view.note('no-reveal');
    else
      this.once(view, `reveal ${task.id}/${panel.number}/${seat.round}`, () => ({
        ...own,
        kind: 'revealResult',
        computeTimeMs: 5n,
      }));
  }
}
