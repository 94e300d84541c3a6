import { formatAmount } from '@aivm/sdk';
import { OpenaiError } from '../openai/openai-error.ts';
import type { ApiKey } from './api-keys.ts';

/** One task that a key asked for. */
export interface LedgerEntry {
  /** Name of the key. */
  readonly key: string;
  readonly taskId: string;
  readonly model: string;
  /** What it costs: at most, while `state` is `reserved`. */
  readonly cost: bigint;
  readonly state: 'reserved' | 'spent';
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Where a ledger survives a restart. */
export interface LedgerStore {
  /** Everything that was written, in its order; a later entry about a task replaces an earlier one. */
  load(): Promise<readonly LedgerEntry[]>;
  /** Durable when it resolves. */
  append(entry: LedgerEntry): Promise<void>;
}

/** What a key has spent. */
export interface Spent {
  readonly today: bigint;
  readonly total: bigint;
  readonly tasks: number;
}

const DAY_MS = 86_400_000;
const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS);
/** Entries of one key that are kept for its usage page. */
const SHOWN_MAX = 1_000;

interface Account {
  total: bigint;
  tasks: number;
  day: number;
  today: bigint;
  readonly entries: Map<string, LedgerEntry>;
}

/** A ledger that forgets at the end of the process. */
export const createMemoryLedger = (): LedgerStore => ({
  load: async () => [],
  append: async () => undefined,
});

/** What keys spend. A task is counted with the most that it can cost before it is sent, and with what it cost afterwards. */
export class Spending {
  readonly #accounts = new Map<string, Account>();
  readonly #store: LedgerStore;
  readonly #nowMs: () => number;

  constructor({ store, nowMs }: { readonly store: LedgerStore; readonly nowMs: () => number }) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** Reads what was spent before. */
  async load(): Promise<void> {
    for (const entry of await this.#store.load()) this.#apply(entry);
  }

  #accountOf(key: string): Account {
    const known = this.#accounts.get(key) ?? { total: 0n, tasks: 0, day: 0, today: 0n, entries: new Map() };
    this.#accounts.set(key, known);
    return known;
  }

  #apply(entry: LedgerEntry): void {
    const account = this.#accountOf(entry.key);
    const before = account.entries.get(entry.taskId);
    const change = entry.cost - (before?.cost ?? 0n);
    // What cost nothing counts for no day yet.
    const at = before === undefined || before.cost === 0n ? entry.atMs : before.atMs;
    account.total += change;
    if (before === undefined) account.tasks++;
    if (dayOf(at) > account.day) {
      account.day = dayOf(at);
      account.today = 0n;
    }
    if (dayOf(at) === account.day) account.today += change;
    account.entries.set(entry.taskId, { ...entry, atMs: at });
    if (account.entries.size <= SHOWN_MAX) return;
    // What is reserved has to be settled later.
    for (const [id, { state }] of account.entries) {
      if (state !== 'spent') continue;
      account.entries.delete(id);
      break;
    }
  }

  /** What `key` has spent, reservations included. */
  spentBy(key: ApiKey): Spent {
    const { total, tasks, day, today } = this.#accountOf(key.name);
    return { total, tasks, today: day === dayOf(this.#nowMs()) ? today : 0n };
  }

  /** Its latest tasks, newest first. */
  entriesOf(key: ApiKey): readonly LedgerEntry[] {
    return [...this.#accountOf(key.name).entries.values()].reverse();
  }

  /**
   * Counts a task that is about to be sent; one that is counted already, as far as it costs more now.
   * @returns how to take that back where it was not sent
   * @throws OpenaiError 429 `insufficient_quota` where a limit stands in the way
   */
  async reserve(
    key: ApiKey,
    task: Pick<LedgerEntry, 'taskId' | 'model' | 'cost'>,
  ): Promise<() => Promise<void>> {
    const { today, total } = this.spentBy(key);
    const before = this.#accountOf(key.name).entries.get(task.taskId);
    const counted = before?.cost ?? 0n;
    const more = task.cost > counted ? task.cost - counted : 0n;
    const { perRequest, perDay, total: totalMax } = key.limits;
    refuseAbove(key, { what: 'one request', limit: perRequest, spent: 0n, cost: task.cost });
    refuseAbove(key, { what: 'a day', limit: perDay, spent: today, cost: more });
    refuseAbove(key, { what: 'its life', limit: totalMax, spent: total, cost: more });
    const atMs = this.#nowMs();
    await this.#write({ ...task, key: key.name, cost: counted + more, state: 'reserved', atMs });
    return () =>
      this.#write({ ...task, key: key.name, cost: counted, state: before?.state ?? 'spent', atMs });
  }

  /** What a reserved task cost in the end; 0n where it was never sent. */
  async settle(key: ApiKey, taskId: string, cost: bigint): Promise<void> {
    const reserved = this.#accountOf(key.name).entries.get(taskId);
    if (reserved === undefined || (reserved.state === 'spent' && reserved.cost === cost)) return;
    await this.#write({ ...reserved, cost, state: 'spent' });
  }

  /** Counts at once, so that nobody passes a limit meanwhile; what could not be written is not counted. */
  async #write(entry: LedgerEntry): Promise<void> {
    const before = this.#accountOf(entry.key).entries.get(entry.taskId);
    this.#apply(entry);
    try {
      await this.#store.append(entry);
    } catch (error) {
      this.#apply(before ?? { ...entry, cost: 0n, state: 'spent' });
      throw error;
    }
  }
}

function refuseAbove(
  key: ApiKey,
  { what, limit, spent, cost }: { what: string; limit: bigint | undefined; spent: bigint; cost: bigint },
): void {
  if (limit === undefined || spent + cost <= limit) return;
  const used = spent === 0n ? '' : `, ${formatAmount(spent)} of it used`;
  throw new OpenaiError(
    `API key "${key.name}" may spend ${formatAmount(limit)} in ${what}${used}; this request costs up to ${formatAmount(cost)}`,
    { status: 429, type: 'insufficient_quota', code: 'insufficient_quota', isRepeatable: false },
  );
}
