import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import type { ExecutionResult } from '@aivm/core/execute';
import {
  type Account,
  type Chain,
  type Dispute,
  type Epoch,
  type Game,
  KEY_PREFIXES,
  type ModelRecord,
  type Operator,
  type Panel,
  type ProviderRecord as Provider,
  readAccount,
  readChain,
  readDispute,
  readEpoch,
  readGame,
  readModel,
  readOperator,
  readPanel,
  readProvider,
  readSeat,
  readTask,
  type Seat,
  type StateReader,
  type TaskRecord as Task,
} from '@aivm/core/state';

/** The records that checkers look at. */
export interface RecordKinds {
  readonly account: Account;
  readonly operator: Operator;
  readonly provider: Provider;
  readonly model: ModelRecord;
  readonly task: Task;
  readonly panel: Panel;
  readonly seat: Seat;
  readonly dispute: Dispute;
  readonly game: Game;
  readonly chain: Chain;
  readonly epoch: Epoch;
}
export type RecordKind = keyof RecordKinds;

/** The decoders ignore keys. */
const UNUSED_ADDRESS = new Uint8Array(20);

const DECODERS: { readonly [K in RecordKind]: (state: StateReader) => RecordKinds[K] | undefined } = {
  account: (state) => readAccount(state, UNUSED_ADDRESS),
  operator: (state) => readOperator(state, UNUSED_ADDRESS),
  provider: (state) => readProvider(state, 'x'),
  model: (state) => readModel(state, 'x'),
  task: (state) => readTask(state, 'x'),
  panel: (state) => readPanel(state, 'x'),
  seat: (state) => readSeat(state, 'x', 0),
  dispute: (state) => readDispute(state, 'x'),
  game: (state) => readGame(state, 'x', 0),
  chain: (state) => readChain(state),
  epoch: (state) => readEpoch(state, 0n),
};

const KIND_BY_BYTE: ReadonlyMap<string, RecordKind> = new Map(
  (Object.keys(DECODERS) as RecordKind[]).map((kind) => [
    KEY_PREFIXES[kind].charCodeAt(0).toString(16).padStart(2, '0'),
    kind,
  ]),
);

/** One record before and after a block; undefined where it is not there. */
export interface RecordChange<K extends RecordKind> {
  /** Hex of the state key. */
  readonly hex: string;
  readonly before: RecordKinds[K] | undefined;
  readonly after: RecordKinds[K] | undefined;
}

export type RecordChanges = { readonly [K in RecordKind]: readonly RecordChange<K>[] };

const noChanges = (): { [K in RecordKind]: RecordChange<K>[] } => ({
  account: [],
  operator: [],
  provider: [],
  model: [],
  task: [],
  panel: [],
  seat: [],
  dispute: [],
  game: [],
  chain: [],
  epoch: [],
});

/**
 * The accepted state as the writes of every block say it is, kept apart from every node. Stores are compared with it,
 * and checkers get from it what a block changed, decoded.
 */
export class Mirror implements StateReader {
  readonly #values = new Map<string, Uint8Array>();
  readonly #records = new Map<string, RecordKinds[RecordKind]>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(bytesToHex(key));
  }

  get size(): number {
    return this.#values.size;
  }

  entries(): Iterable<readonly [hex: string, value: Uint8Array]> {
    return this.#values;
  }

  /** Every record of a kind: cost grows with the state, so only now and then. */
  all<K extends RecordKind>(kind: K): RecordKinds[K][] {
    const found: RecordKinds[K][] = [];
    for (const hex of this.#values.keys()) {
      if (KIND_BY_BYTE.get(hex.slice(0, 2)) === kind) found.push(this.#record(hex, kind) as RecordKinds[K]);
    }
    return found;
  }

  /** Moves on by one block. @returns the records that it changed. */
  apply({ writes }: Pick<ExecutionResult, 'writes'>): RecordChanges {
    const changes = noChanges();
    for (const [hex, value] of writes) {
      const kind = KIND_BY_BYTE.get(hex.slice(0, 2));
      const before = kind === undefined ? undefined : this.#record(hex, kind);
      this.#records.delete(hex);
      if (value === undefined) this.#values.delete(hex);
      else this.#values.set(hex, value);
      if (kind === undefined) continue;
      const after = this.#record(hex, kind);
      (changes[kind] as RecordChange<RecordKind>[]).push({ hex, before, after });
    }
    return changes;
  }

  #record(hex: string, kind: RecordKind): RecordKinds[RecordKind] | undefined {
    const known = this.#records.get(hex);
    if (known !== undefined) return known;
    const value = this.#values.get(hex);
    if (value === undefined) return undefined;
    const record = DECODERS[kind]({ get: () => value });
    if (record === undefined) throw new Error(`a ${kind} that does not decode`);
    this.#records.set(hex, record);
    return record;
  }
}

/** The raw key of a change. */
export const keyOf = (hex: string): Uint8Array => hexToBytes(hex);
