import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { type Operation, parseTransaction, serializeOperation, type Transaction } from '@aivm/core/tx';
import type { TransactionJournal } from './journal.ts';
import { OwnHistory } from './own-history.ts';

/**
 * `known`: the node has it. `uncertain`: a copy may be out. `refused`: the node refused it, so its nonce is free.
 * `settled`: a block carries it.
 */
export type Fate = 'known' | 'uncertain' | 'refused' | 'settled';

/** A transaction that this sender signed. */
export interface OpenTransaction {
  readonly tx: Transaction;
  readonly idempotencyKey: string | undefined;
  fate: Fate;
  /** Whether a copy left whose answer did not come: it may reach the node at any time. */
  mayBeUnderWay: boolean;
  /** Whether a call of this process waits for its block. */
  isWatched: boolean;
  /** Whether a call of this process will tell its caller what becomes of it. */
  isClaimed: boolean;
}

/** Doubtful transactions that are remembered; a caller that gave up on so many does not ask again. */
const DOUBTFUL_MAX = 1_024;

const operationText = (operation: Operation): string =>
  `${operation.kind}:${bytesToHex(serializeOperation(operation))}`;

/** Whether both operations are the same, byte for byte. */
export const isSameOperation = (left: Operation, right: Operation): boolean =>
  operationText(left) === operationText(right);

/** What this sender signed and what it knows of it: one transaction for each nonce, the last that was signed. */
export class OpenTransactions {
  /** What blocks carry of the account. */
  readonly history = new OwnHistory();
  readonly #journal: TransactionJournal;
  readonly #byNonce = new Map<bigint, OpenTransaction>();
  readonly #byKey = new Map<string, OpenTransaction>();
  /** Those whose callers did not hear the outcome, oldest first. */
  readonly #doubtful = new Set<OpenTransaction>();

  private constructor(journal: TransactionJournal) {
    this.#journal = journal;
  }

  /** What the journal holds of `sender` on the chain; nobody waits for it, and its fate is uncertain. */
  static async load(
    journal: TransactionJournal,
    { genesisHash, sender }: { readonly genesisHash: Uint8Array; readonly sender: Uint8Array },
  ): Promise<OpenTransactions> {
    const open = new OpenTransactions(journal);
    const address = bytesToHex(sender);
    for (const { bytes, idempotencyKey, state = 'open' } of await journal.list()) {
      const tx = parseTransaction(bytes);
      if (!equalBytes(tx.genesisHash, genesisHash) || bytesToHex(tx.sender) !== address) continue;
      const fate = state === 'open' ? 'uncertain' : state;
      const entry: OpenTransaction = {
        tx,
        idempotencyKey,
        fate,
        mayBeUnderWay: true,
        isWatched: false,
        isClaimed: false,
      };
      open.#keep(entry);
      if (fate === 'uncertain') open.doubt(entry);
    }
    return open;
  }

  /** Durable when it resolves. */
  async add(
    tx: Transaction,
    {
      idempotencyKey,
      mayBeUnderWay = false,
    }: { idempotencyKey?: string | undefined; mayBeUnderWay?: boolean } = {},
  ): Promise<OpenTransaction> {
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    await this.#journal.add({ bytes: tx.bytes, ...key });
    const entry: OpenTransaction = {
      tx,
      idempotencyKey,
      fate: 'uncertain',
      mayBeUnderWay,
      isWatched: false,
      isClaimed: true,
    };
    this.#keep(entry);
    return entry;
  }

  /** A block carries it. */
  async settle(entry: OpenTransaction): Promise<void> {
    entry.fate = 'settled';
    this.history.note(entry.tx.nonce, entry.tx.id);
    this.#forgetNonce(entry);
    await this.#journal.mark(entry.tx.id, 'settled');
  }

  /** It will never take effect: its nonce went to another. */
  async remove(entry: OpenTransaction): Promise<void> {
    this.#forgetNonce(entry);
    this.#forgetKey(entry);
    this.#doubtful.delete(entry);
    await this.#journal.remove(entry.tx.id);
  }

  /** The node refused it. Its nonce stays noted, so that the next operation is signed for it and for no other. */
  async refuse(entry: OpenTransaction): Promise<void> {
    entry.fate = 'refused';
    await this.#journal.mark(entry.tx.id, 'refused');
  }

  /** The refused transaction at `nonce`, where it carries exactly this operation: a copy of it is signed already. */
  findRefused(operation: Operation, nonce: bigint): OpenTransaction | undefined {
    const entry = this.#byNonce.get(nonce);
    const isIt = entry?.fate === 'refused' && isSameOperation(entry.tx.operation, operation);
    return isIt ? entry : undefined;
  }

  /** Those that may take effect, in order of nonce. */
  live(): readonly OpenTransaction[] {
    return this.#sorted(({ fate }) => fate === 'known' || fate === 'uncertain');
  }

  refused(): readonly OpenTransaction[] {
    return this.#sorted(({ fate }) => fate === 'refused');
  }

  uncertain(): readonly OpenTransaction[] {
    return this.#sorted(({ fate }) => fate === 'uncertain');
  }

  /** Those that the node has and nobody waits for. */
  unwatched(): readonly OpenTransaction[] {
    return this.#sorted(({ fate, isWatched }) => fate === 'known' && !isWatched);
  }

  /** Those whose outcome no caller is going to hear. */
  unclaimed(): readonly OpenTransaction[] {
    return this.live().filter(({ isClaimed }) => !isClaimed);
  }

  /** A call takes it over and will hear what becomes of it. */
  claim(entry: OpenTransaction): void {
    entry.isClaimed = true;
    this.#doubtful.delete(entry);
  }

  /** Its caller leaves without having heard the outcome: the same operation, sent again, goes on with it. */
  doubt(entry: OpenTransaction): void {
    entry.isClaimed = false;
    const [oldest] = this.#doubtful;
    if (oldest !== undefined && this.#doubtful.size >= DOUBTFUL_MAX) this.#doubtful.delete(oldest);
    this.#doubtful.add(entry);
  }

  /** The doubtful transaction without a key that carries exactly this operation. */
  findDoubtful(operation: Operation): OpenTransaction | undefined {
    for (const entry of this.#doubtful) {
      if (entry.idempotencyKey === undefined && isSameOperation(entry.tx.operation, operation)) return entry;
    }
    return undefined;
  }

  findByKey(idempotencyKey: string): OpenTransaction | undefined {
    return this.#byKey.get(idempotencyKey);
  }

  #keep(entry: OpenTransaction): void {
    if (entry.fate === 'uncertain') this.#byNonce.set(entry.tx.nonce, entry);
    if (entry.idempotencyKey !== undefined) this.#byKey.set(entry.idempotencyKey, entry);
  }

  #forgetNonce(entry: OpenTransaction): void {
    if (this.#byNonce.get(entry.tx.nonce) === entry) this.#byNonce.delete(entry.tx.nonce);
  }

  #forgetKey(entry: OpenTransaction): void {
    const { idempotencyKey } = entry;
    if (idempotencyKey !== undefined && this.#byKey.get(idempotencyKey) === entry)
      this.#byKey.delete(idempotencyKey);
  }

  #sorted(isWanted: (entry: OpenTransaction) => boolean): readonly OpenTransaction[] {
    return [...this.#byNonce.values()].filter(isWanted).sort((a, b) => (a.tx.nonce < b.tx.nonce ? -1 : 1));
  }
}
