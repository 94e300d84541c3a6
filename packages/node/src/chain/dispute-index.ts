import {
  bytesToHex,
  type ExecutionResult,
  equalBytes,
  namedHash,
  type OperationOf,
  type ProtocolEvent,
  parse,
  Settlement,
  type StatelessBlock,
  serialize,
  stateKeys,
  type Task,
  taskCodec,
} from '@aivm/core';
import { storeKeys } from '../store/columns.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import {
  type DisputeEntry,
  DisputeVerdict,
  disputeEntryCodec,
  eventPlaceCodec,
  numberCodec,
  serializeNumber,
} from '../store/records.ts';

type Put = (key: Uint8Array, value: Uint8Array | undefined) => void;
type Reader = Pick<KeyValueStore, 'get'>;

/** Kinds of event that may be a move of a dispute. Everything else costs no look-up. */
const MOVES: ReadonlySet<ProtocolEvent['kind']> = new Set(['seat', 'challenge', 'conviction']);

interface OpenDispute {
  readonly number: number;
  entry: DisputeEntry;
}

/** The part that one block has in the index. */
class DisputeIndexer {
  readonly #store: Reader;
  readonly #block: StatelessBlock;
  readonly #result: ExecutionResult;
  /** By task: its disputes that were open before the block or are opened in it, oldest first. */
  readonly #byTask = new Map<string, OpenDispute[]>();
  readonly #put: Put;

  constructor(store: Reader, { block, result }: ExecutedBlock, put: Put) {
    this.#store = store;
    this.#block = block;
    this.#result = result;
    this.#put = put;
  }

  /** Every admitted challenge opens a dispute. @returns the count after it. */
  open(count: number): number {
    let next = count;
    for (const [i, { operation, id, sender }] of this.#block.transactions.entries()) {
      if (operation.kind !== 'challenge' || this.#result.outcomes[i]?.code !== '') continue;
      const { taskId } = operation;
      const number = next++;
      const held = this.#heldFor(taskId);
      held.push({ number, entry: this.#entryOf(operation, id, sender) });
      this.#put(storeKeys.disputeByChallenge(id), serializeNumber(number));
      this.#put(storeKeys.disputeByTask(taskId), serializeNumber(number));
    }
    return next;
  }

  /** An event of a task that is in dispute is a move; a `challenge` event is the verdict. */
  apply(event: ProtocolEvent, index: number): void {
    if (!MOVES.has(event.kind) || !('taskId' in event)) return;
    const held = this.#heldFor(event.taskId);
    const isOpen = ({ entry }: OpenDispute): boolean => entry.verdict === DisputeVerdict.open;
    let dispute = held.find(isOpen);
    if (event.kind === 'challenge') {
      dispute = held.find((each) => isOpen(each) && equalBytes(each.entry.challenger, event.challenger));
      if (dispute !== undefined) dispute.entry = { ...dispute.entry, ...this.#verdictOf(event) };
    } else if (event.kind === 'conviction') dispute ??= held.at(-1);
    if (dispute === undefined) return;
    const { number, entry } = dispute;
    const place = { height: this.#block.header.height, index };
    this.#put(storeKeys.disputeMove(number, entry.moves), serialize(eventPlaceCodec, place));
    dispute.entry = { ...entry, moves: entry.moves + 1 };
  }

  flush(): void {
    for (const { number, entry } of [...this.#byTask.values()].flat())
      this.#put(storeKeys.dispute(number), serialize(disputeEntryCodec, entry));
  }

  #heldFor(taskId: string): OpenDispute[] {
    const known = this.#byTask.get(taskId);
    if (known !== undefined) return known;
    const held = this.#readOpen(taskId);
    this.#byTask.set(taskId, held);
    return held;
  }

  #readOpen(taskId: string): OpenDispute[] {
    const latest = this.#store.get(storeKeys.disputeByTask(taskId));
    if (latest === undefined) return [];
    const number = parse(numberCodec, latest);
    const entry = readDisputeEntry(this.#store, number);
    return entry?.verdict === DisputeVerdict.open ? [{ number, entry }] : [];
  }

  #entryOf(operation: OperationOf<'challenge'>, challenge: Uint8Array, challenger: Uint8Array): DisputeEntry {
    const { taskId, bond, output } = operation;
    const before = this.#store.get(storeKeys.state(stateKeys.task(taskId)));
    const task = before === undefined ? this.#taskAfter(taskId) : parse(taskCodec, before);
    const posted = this.#postedHere(taskId);
    return {
      challenge,
      taskId,
      provider: posted?.provider ?? task.assignedTo,
      model: task.model,
      challenger,
      checkClass: task.checkClass,
      bond,
      postedHash: posted === undefined ? task.outputHash : namedHash('Output', posted.output),
      claimedHash: namedHash('Output', output),
      openedAtHeight: this.#block.header.height,
      verdict: DisputeVerdict.open,
      claimRight: false,
      settledAtHeight: 0,
      moves: 0,
    };
  }

  /** A result that this very block posted. */
  #postedHere(taskId: string): OperationOf<'submitResult'> | undefined {
    for (const [i, { operation }] of this.#block.transactions.entries()) {
      const isResult = operation.kind === 'submitResult' && operation.taskId === taskId;
      if (isResult && this.#result.outcomes[i]?.code === '') return operation;
    }
    return undefined;
  }

  #taskAfter(taskId: string): Task {
    const written = this.#result.writes.get(bytesToHex(stateKeys.task(taskId)));
    if (written === undefined) throw new Error(`dispute index: task "${taskId}" is nowhere`);
    return parse(taskCodec, written);
  }

  #verdictOf(
    event: Extract<ProtocolEvent, { kind: 'challenge' }>,
  ): Pick<DisputeEntry, 'verdict' | 'claimRight' | 'settledAtHeight'> {
    const written = this.#result.writes.get(bytesToHex(stateKeys.task(event.taskId)));
    // Nobody is right where a result falls although nobody was found wrong.
    const isVoid = written !== undefined && parse(taskCodec, written).settlement === Settlement.void;
    const otherwise = isVoid ? DisputeVerdict.undecided : DisputeVerdict.rejected;
    return {
      verdict: event.upheld ? DisputeVerdict.upheld : otherwise,
      claimRight: event.claimRight,
      settledAtHeight: this.#block.header.height,
    };
  }
}

/** A block with what executing it gave. */
export interface ExecutedBlock {
  readonly block: StatelessBlock;
  readonly result: ExecutionResult;
}

/** Adds to a batch what a block did in disputes. Gives the count of disputes after it. */
export function indexDisputes(
  store: Reader,
  disputeCount: number,
  executed: ExecutedBlock,
  put: Put,
): number {
  const indexer = new DisputeIndexer(store, executed, put);
  const count = indexer.open(disputeCount);
  for (const [index, event] of executed.result.events.entries()) indexer.apply(event, index);
  indexer.flush();
  return count;
}

/** A dispute by its number. */
export function readDisputeEntry(store: Reader, number: number): DisputeEntry | undefined {
  const value = store.get(storeKeys.dispute(number));
  return value === undefined ? undefined : parse(disputeEntryCodec, value);
}
