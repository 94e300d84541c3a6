import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { BlockParent } from '@aivm/core/execute';
import type { Transaction } from '@aivm/core/tx';
import { coreEngine, type ExecutionEngine, type TransactionRow } from '@aivm/node';

/** Heads whose verdicts are kept: of the last blocks, and of a node that is a little behind. */
const HEADS_MAX = 4;

/** What a transaction did at a place in a row. */
interface Step {
  readonly error: AivmError | undefined;
  /** Where the row is then; undefined where the transaction can be in no block. */
  readonly next: Place | undefined;
}

/** A row of transactions on a head. `tried` are those that have to succeed, `applied` those that may fail and pay. */
class Place {
  readonly tried = new Map<Transaction, Step>();
  readonly applied = new Map<Transaction, Step>();
}

/**
 * Verdicts of pools by head and row. Every node asks the same questions about the same transactions on the same state;
 * the first one really runs them. Transactions are distinguished by identity: the nodes of a run share one parser.
 */
export class SharedDryRuns {
  readonly #places = new Map<string, Place>();

  readonly begin: ExecutionEngine['beginDryRun'] = (head) => new SharedRow(head, this.#placeOf(head));

  #placeOf({ id }: BlockParent): Place {
    const hex = bytesToHex(id);
    const known = this.#places.get(hex);
    if (known !== undefined) return known;
    const place = new Place();
    this.#places.set(hex, place);
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= HEADS_MAX) break;
      this.#places.delete(oldest);
    }
    return place;
  }
}

/** One node's row: real from the first question on that nobody asked before. */
class SharedRow implements TransactionRow {
  readonly #head: BlockParent;
  #place: Place;
  #real: TransactionRow | undefined;
  /** What the real row has not seen yet, because the answers were known. */
  #behind: Transaction[] = [];

  constructor(head: BlockParent, place: Place) {
    this.#head = head;
    this.#place = place;
  }

  try(tx: Transaction): void {
    const place = this.#place;
    const known = place.tried.get(tx);
    const step = known ?? really(() => void this.#catchUp().try(tx));
    if (known === undefined) place.tried.set(tx, step);
    if (step.error !== undefined) throw step.error;
    this.#move(tx, step, known !== undefined);
  }

  apply(tx: Transaction): AivmError | undefined {
    const place = this.#place;
    const known = place.applied.get(tx);
    const step = known ?? really(() => this.#catchUp().apply(tx));
    if (known === undefined) place.applied.set(tx, step);
    if (step.next === undefined) throw step.error;
    this.#move(tx, step, known !== undefined);
    return step.error;
  }

  #move(tx: Transaction, { next }: Step, isKnown: boolean): void {
    if (isKnown) this.#behind.push(tx);
    this.#place = next ?? this.#place;
  }

  /** The real row at this place. */
  #catchUp(): TransactionRow {
    this.#real ??= coreEngine.beginDryRun(this.#head);
    for (const tx of this.#behind) this.#real.apply(tx);
    this.#behind = [];
    return this.#real;
  }
}

function really(run: () => AivmError | undefined): Step {
  try {
    return { error: run(), next: new Place() };
  } catch (error) {
    if (!(error instanceof AivmError)) throw error;
    return { error, next: undefined };
  }
}
