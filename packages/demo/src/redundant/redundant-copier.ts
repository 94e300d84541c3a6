import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { OperationOf } from '@aivm/core/tx';
import type { Client, Sender, Task, Wallet } from '@aivm/sdk';
import { createSender, sleep } from '@aivm/sdk';
import { DEMO_GPUS } from '../story/cast.ts';

/** A provider that computes nothing and copies instead. */
export interface CopierOptions {
  readonly id: string;
  readonly bond: bigint;
  readonly client: Client;
  readonly wallet: Wallet;
  readonly signal: AbortSignal;
  /** The chain refused to take a copied commitment's reveal; the code says why. */
  readonly onRefused: (taskId: string, code: string) => void;
}

const POLL_MS = 100;

type Seat = NonNullable<Task['panel']>['seats'][number];

/** Copies commitments from the chain, and shows what the original showed: output, salt and all. */
class Copier {
  readonly #options: CopierOptions;
  readonly #sender: Sender;
  /** Reveals by transaction hash as text, as far as they were looked up. */
  readonly #reveals = new Map<string, OperationOf<'revealResult'> | undefined>();
  readonly #tried = new Set<string>();

  constructor(options: CopierOptions) {
    this.#options = options;
    this.#sender = createSender(options);
  }

  async register(): Promise<void> {
    const { id, bond, wallet, signal } = this.#options;
    await this.#sender.send(
      {
        kind: 'registerProvider',
        id,
        walletAddress: wallet.addressBytes,
        endpoint: '',
        gpus: [...DEMO_GPUS],
        models: [],
        bond,
      },
      { signal },
    );
  }

  /** Looks once at everything that it holds. */
  async turn(): Promise<void> {
    const { id, client, signal } = this.#options;
    const { height, tasks } = await client.getWork(id, {}, { signal });
    for (const task of tasks) {
      const own = task.panel?.seats.find(({ provider }) => provider === id);
      if (task.panel === undefined || own === undefined) continue;
      if (own.status === 'drawn') await this.#copy(task, task.panel);
      else if (task.panel.phase === 'revealing') await this.#show(task, own, height);
    }
  }

  async #copy(task: Task, panel: NonNullable<Task['panel']>): Promise<void> {
    const { id, signal } = this.#options;
    const { seats } = panel;
    const commitment = seats.find(({ provider }) => provider.startsWith('honest-'))?.commitment;
    if (commitment === undefined) return;
    const own = seats.find(({ provider }) => provider === id);
    if (own === undefined) return;
    const facts = { attempt: task.attempt, inputHash: task.input_hash, weightHash: task.weight_hash };
    const place = { panel: panel.number, round: own.round, seat: own.position };
    const target = { taskId: task.id, provider: id, ...facts, ...place };
    const operation = { kind: 'commitResult', ...target, commitment } as const;
    // Late is late: the seat counts as absent then.
    await this.#sender.send(operation, { signal }).catch(ignoreRefusal);
  }

  async #show(task: Task, own: Seat, height: number): Promise<void> {
    const { id, signal, onRefused } = this.#options;
    const original = task.panel?.seats.find(
      ({ provider, commitment, status }) =>
        provider !== id && status === 'revealed' && equalOrAbsent(commitment, own.commitment),
    );
    if (original === undefined || this.#tried.has(task.id)) return;
    const shown = await this.#findReveal(task, original.provider, height);
    if (shown === undefined) return;
    this.#tried.add(task.id);
    try {
      await this.#sender.send({ ...shown, provider: id, seat: own.position, round: own.round }, { signal });
      onRefused(task.id, '');
    } catch (error) {
      if (!(error instanceof AivmError) || signal.aborted) throw error;
      onRefused(task.id, error.code);
    }
  }

  /** The original's reveal, as anybody can read it in the blocks since revealing began. */
  async #findReveal(
    task: Task,
    provider: string,
    height: number,
  ): Promise<OperationOf<'revealResult'> | undefined> {
    const { client, signal } = this.#options;
    for (let at = task.panel?.commit_deadline ?? height; at <= height; at++) {
      const { transactions } = await client.getBlock(at, { signal });
      for (const { hash, kind, code } of transactions) {
        if (kind !== 'revealResult' || code !== '') continue;
        const key = hash.join();
        if (!this.#reveals.has(key)) {
          const { operation } = await client.getTransaction(hash, {}, { signal });
          this.#reveals.set(key, operation.kind === 'revealResult' ? operation : undefined);
        }
        const reveal = this.#reveals.get(key);
        if (reveal?.taskId === task.id && reveal.provider === provider) return reveal;
      }
    }
    return undefined;
  }
}

const equalOrAbsent = (left: Uint8Array | undefined, right: Uint8Array | undefined): boolean =>
  left !== undefined && right !== undefined && equalBytes(left, right);

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof AivmError)) throw error;
}

/** Registers and copies until `signal` is aborted. */
export async function runCopier(options: CopierOptions): Promise<void> {
  const { signal } = options;
  const copier = new Copier(options);
  try {
    await copier.register();
    while (!signal.aborted) {
      await copier.turn();
      await sleep(POLL_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
