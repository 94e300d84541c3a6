import type { StatelessBlock } from '@aivm/core/block';
import { equalBytes, parse, serialize } from '@aivm/core/bytes';
import type { ExecutionResult, ProtocolEvent } from '@aivm/core/execute';
import type { Transaction } from '@aivm/core/tx';
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

type DisputeEvent<Change extends string> = Extract<ProtocolEvent, { kind: 'dispute'; change: Change }>;

/** Kinds of event that may be a move of a dispute. Everything else costs no look-up. */
const MOVES: ReadonlySet<ProtocolEvent['kind']> = new Set(['seat', 'challenge', 'conviction', 'dispute']);

interface OpenDispute {
  readonly number: number;
  entry: DisputeEntry;
}

const isOpen = ({ entry }: OpenDispute): boolean => entry.verdict === DisputeVerdict.open;

/** The part that one block has in the index. */
class DisputeIndexer {
  readonly #store: Reader;
  readonly #firstNumber: number;
  #opened = 0;
  readonly #height: number;
  /** Transactions whose challenge was admitted, in the order of their `opened` events. */
  readonly #challenges: Iterator<Transaction>;
  /** By task: its disputes that were open before the block or are opened in it, oldest first. */
  readonly #byTask = new Map<string, OpenDispute[]>();
  /** Numbers of the games that this block opened, by game and task. */
  readonly #byGame = new Map<string, number>();
  readonly #put: Put;

  constructor(
    { store, firstNumber, put }: { readonly store: Reader; readonly firstNumber: number; readonly put: Put },
    { block, result }: ExecutedBlock,
  ) {
    this.#store = store;
    this.#firstNumber = firstNumber;
    this.#height = block.header.height;
    this.#challenges = block.transactions
      .filter(({ operation }, i) => operation.kind === 'challenge' && result.outcomes[i]?.code === '')
      .values();
    this.#put = put;
  }

  /** Disputes that the block opened so far. */
  get opened(): number {
    return this.#opened;
  }

  /** Takes the next event of the block. */
  apply(event: ProtocolEvent, index: number): void {
    if (!MOVES.has(event.kind) || !('taskId' in event)) return;
    if (event.kind === 'dispute' && event.change === 'opened') {
      this.#open(event);
      return;
    }
    const dispute = this.#disputeOf(event);
    if (dispute === undefined) return;
    if (event.kind === 'dispute' && event.change === 'settled') {
      dispute.entry = { ...dispute.entry, ...this.#verdictOf(event) };
      return;
    }
    const { number, entry } = dispute;
    this.#put(
      storeKeys.disputeMove(number, entry.moves),
      serialize(eventPlaceCodec, { height: this.#height, index }),
    );
    dispute.entry = { ...entry, moves: entry.moves + 1 };
  }

  /** The dispute that an event is about: of games about one result several are open at once. */
  #disputeOf(event: Extract<ProtocolEvent, { taskId: string }>): OpenDispute | undefined {
    if ('game' in event && event.game !== undefined) return this.#gameOf(event.taskId, event.game);
    const held = this.#heldFor(event.taskId);
    if (event.kind !== 'conviction') return held.find(isOpen);
    // A conviction follows the verdict that it belongs to.
    const isOfChallenger = ({ entry }: OpenDispute): boolean =>
      entry.verdict === DisputeVerdict.upheld && equalBytes(entry.challenger, event.challenger);
    return held.findLast(isOfChallenger) ?? held.find(isOpen) ?? held.at(-1);
  }

  #gameOf(taskId: string, game: number): OpenDispute | undefined {
    const held = this.#heldFor(taskId);
    const number = this.#byGame.get(`${game} ${taskId}`) ?? this.#readGame(taskId, game);
    const known = held.find((dispute) => dispute.number === number);
    if (known !== undefined || number === undefined) return known;
    const entry = readDisputeEntry(this.#store, number);
    if (entry === undefined) return undefined;
    const dispute = { number, entry };
    held.push(dispute);
    return dispute;
  }

  #readGame(taskId: string, game: number): number | undefined {
    const value = this.#store.get(storeKeys.disputeByGame(taskId, game));
    return value === undefined ? undefined : parse(numberCodec, value);
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

  #open(event: DisputeEvent<'opened'>): void {
    const challenge = this.#challengeOf(event);
    if (challenge === undefined) throw new Error('dispute index: a dispute without its transaction');
    const { taskId, provider, model, challenger, checkClass, bond, postedHash, claimedHash } = event;
    const number = this.#firstNumber + this.#opened++;
    const entry: DisputeEntry = {
      challenge: challenge.id,
      ...{ taskId, provider, model, challenger, checkClass, bond, postedHash, claimedHash },
      openedAtHeight: this.#height,
      verdict: DisputeVerdict.open,
      claimRight: false,
      settledAtHeight: 0,
      moves: 0,
    };
    this.#heldFor(taskId).push({ number, entry });
    this.#put(storeKeys.disputeByChallenge(challenge.id), serializeNumber(number));
    this.#put(storeKeys.disputeByTask(taskId), serializeNumber(number));
    if (event.game === undefined) return;
    this.#byGame.set(`${event.game} ${taskId}`, number);
    this.#put(storeKeys.disputeByGame(taskId, event.game), serializeNumber(number));
  }

  /** The next challenge of this task by this account: one that only marks a result opens nothing. */
  #challengeOf({ taskId, challenger }: DisputeEvent<'opened'>): Transaction | undefined {
    for (let next = this.#challenges.next(); !next.done; next = this.#challenges.next()) {
      const { operation, sender } = next.value;
      if (operation.kind !== 'challenge') continue;
      if (operation.taskId === taskId && equalBytes(sender, challenger)) return next.value;
    }
    return undefined;
  }

  #verdictOf({ verdict, claimRight }: DisputeEvent<'settled'>): Partial<DisputeEntry> {
    return { verdict: DisputeVerdict[verdict], claimRight, settledAtHeight: this.#height };
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
  const indexer = new DisputeIndexer({ store, firstNumber: disputeCount, put }, executed);
  for (const [index, event] of executed.result.events.entries()) indexer.apply(event, index);
  indexer.flush();
  return disputeCount + indexer.opened;
}

/** A dispute by its number. */
export function readDisputeEntry(store: Reader, number: number): DisputeEntry | undefined {
  const value = store.get(storeKeys.dispute(number));
  return value === undefined ? undefined : parse(disputeEntryCodec, value);
}
