import { bytesToHex, concatBytes } from '@aivm/core/bytes';
import { recoverAddress } from '@aivm/core/crypto';
import { type Genesis, hashGenesis } from '@aivm/core/execute';
import { CheckClass, ModeTEEAttested, type TaskRecord as Task } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { AttestationBook } from './attestation-book.ts';
import type { ObservedBlock } from './checker.ts';
import { named, text } from './own-encoding.ts';

/** Blocks that computing the simulation's network may take, by which its windows are longer. */
const NETWORK_BLOCKS = 1;

/** What an answer was promised when it was posted. */
export interface PromisedTerms {
  readonly postedAt: number;
  readonly provider: string;
  readonly windowBlocks: number;
  /** Whether hardware vouched for it. */
  readonly isTrusted: boolean;
  readonly usable: boolean;
}

/** Whose key signed an answer to a task, by the protocol's formula; hex, empty for nobody's. */
function signerOf(
  genesisHash: Uint8Array,
  { attempt }: Task,
  { taskId, output, sessionSignature }: OperationOf<'submitResult'>,
): string {
  const body = concatBytes(genesisHash, text(taskId), Uint8Array.of(attempt), named('Output', output));
  return bytesToHex(recoverAddress(named('SessionResult', body), sessionSignature));
}

/** A checkers' own book of the window that every posted answer has: ⌈W × (200 − score) / 200⌉ where hardware vouches. */
export class PostedTerms {
  readonly book: AttestationBook;
  readonly #genesis: Genesis;
  readonly #genesisHash: Uint8Array;
  readonly #terms = new Map<string, PromisedTerms>();

  constructor(genesis: Genesis) {
    this.#genesis = genesis;
    this.#genesisHash = hashGenesis(genesis);
    this.book = new AttestationBook(genesis);
  }

  /** Of the last answer to a task. */
  of(taskId: string): PromisedTerms | undefined {
    return this.#terms.get(taskId);
  }

  /** Moves on by one block. @returns the tasks that were answered in it and still hold that answer. */
  apply(block: ObservedBlock): readonly Task[] {
    const tasks = new Map(
      block.changes.task.flatMap(({ after }) => (after ? [[after.id, after] as const] : [])),
    );
    const answered: Task[] = [];
    for (const { tx, code } of this.book.walk(block)) {
      const { operation } = tx;
      if (code !== '' || operation.kind !== 'submitResult' || operation.error !== '') continue;
      const task = tasks.get(operation.taskId);
      if (task === undefined || task.n > 0 || task.postedAtHeight !== block.height) continue;
      this.#terms.set(task.id, this.#termsOf(task, operation, block));
      answered.push(task);
    }
    return answered;
  }

  #termsOf(
    task: Task,
    operation: OperationOf<'submitResult'>,
    { height, block }: ObservedBlock,
  ): PromisedTerms {
    const { config } = this.#genesis;
    const booked = this.book.live(operation.provider, block.header.timestamp);
    const isVouched =
      booked?.hardware === true &&
      booked.score >= config.minTrustScore &&
      operation.sessionSignature.length > 0 &&
      booked.sessionKey === signerOf(this.#genesisHash, task, operation);
    const window = Number(config.challengeWindowBlocks);
    const score = isVouched ? booked.score : 0;
    const more = task.checkClass === CheckClass.int8Graph ? NETWORK_BLOCKS : 0;
    return {
      postedAt: height,
      provider: operation.provider,
      windowBlocks: Math.floor((window * (200 - score) + 199) / 200) + more,
      isTrusted: isVouched,
      usable: isVouched && task.mode === ModeTEEAttested,
    };
  }
}
