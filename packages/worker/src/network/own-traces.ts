import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { type OwnTrace, traceTree } from '@aivm/core/network';
import type { TaskFacts } from '../worker-node.ts';
import type { NetworkSource, ReadyNetwork } from './network-source.ts';
import { passOfTask, type TaskPass } from './network-task.ts';

/** A task with the result that a game is about. */
export type PostedTask = Pick<TaskFacts, 'id' | 'modelRoot' | 'weightHash' | 'input' | 'output'>;

/** This machine's own trace of a posted result. */
export interface ComputedTrace extends TaskPass {
  readonly ready: ReadyNetwork;
  readonly trace: OwnTrace;
}

export interface OwnTracesOptions {
  readonly networks: NetworkSource;
  /** Bytes of traces with their trees in memory [1 GiB]; one alone may not be larger. What makes room is computed again. */
  readonly bytesMax?: number;
}

const BYTES_MAX: number = 2 ** 30;
/** A tree beside its trace: 32 bytes for each leaf of 128, and a third of that above. */
const TREE_SHARE = 1 / 3;

const sizeWithTree = ({ network }: TaskPass): number => Math.ceil(network.traceBytes * (1 + TREE_SHARE));

const keyOf = ({ id, output, weightHash }: PostedTask): string =>
  `${id}|${bytesToHex(namedHash('Output', output))}|${bytesToHex(weightHash)}`;

/** Traces by task and posted output: all games about one result share one. */
export class OwnTraces {
  readonly #networks: NetworkSource;
  readonly #bytesMax: number;
  readonly #known = new Map<
    string,
    { readonly bytes: number; readonly trace: () => Promise<ComputedTrace> }
  >();
  #last: Promise<unknown> = Promise.resolve();

  constructor({ networks, bytesMax = BYTES_MAX }: OwnTracesOptions) {
    this.#networks = networks;
    this.#bytesMax = bytesMax;
  }

  /**
   * The output of one pass over the posted text. Nothing is hashed; a trace is kept only where the output differs, because a
   * challenge follows.
   *
   * @throws AivmError `too_large` for a trace above the bound
   */
  async recompute(task: PostedTask, signal: AbortSignal): Promise<Uint8Array> {
    const { ready, pass } = await this.#passOf(task, signal);
    // One after the other: several at once end no sooner, and the first one's window goes by meanwhile.
    const { bytes, output } = await this.#inTurn(() => ready.network.pass(pass));
    if (!equalBytes(output, task.output)) this.#keep(task, ready, pass, Promise.resolve(bytes));
    return output.slice();
  }

  /** @throws AivmError `too_large` for a trace above the bound */
  async get(task: PostedTask, signal: AbortSignal): Promise<ComputedTrace> {
    const key = keyOf(task);
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return known.trace();
    }
    const { ready, pass } = await this.#passOf(task, signal);
    const bytes = this.#inTurn(() => ready.network.pass(pass)).then((trace) => trace.bytes);
    return this.#keep(task, ready, pass, bytes)();
  }

  /** Keeps a trace, whose tree is made when it is first asked for; those used longest ago make room. */
  #keep(
    task: PostedTask,
    ready: ReadyNetwork,
    pass: TaskPass,
    traceBytes: Promise<Uint8Array>,
  ): () => Promise<ComputedTrace> {
    const key = keyOf(task);
    const bytes = sizeWithTree(pass);
    for (const other of this.#known.keys()) {
      if (this.#used() + bytes <= this.#bytesMax) break;
      this.#known.delete(other);
    }
    let made: Promise<ComputedTrace> | undefined;
    const trace = (): Promise<ComputedTrace> => {
      made ??= traceBytes.then((all) => ({
        ...pass,
        ready,
        trace: { bytes: all, tree: traceTree(pass.network, { bytes: all }) },
      }));
      return made;
    };
    this.#known.set(key, { bytes, trace });
    traceBytes.catch(() => this.#known.delete(key));
    return trace;
  }

  /** Forgets the traces of a task. */
  forget(taskId: string): void {
    for (const key of this.#known.keys()) if (key.startsWith(`${taskId}|`)) this.#known.delete(key);
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run, run);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #used(): number {
    return [...this.#known.values()].reduce((total, { bytes }) => total + bytes, 0);
  }

  async #passOf(task: PostedTask, signal: AbortSignal): Promise<{ ready: ReadyNetwork; pass: TaskPass }> {
    const ready = await this.#networks.get(task, signal);
    const pass = passOfTask(ready.network.header, task.input, task.output);
    const bytes = sizeWithTree(pass);
    if (bytes > this.#bytesMax)
      throw new AivmError(
        'too_large',
        `task ${task.id}: a trace of ${bytes} bytes; this worker holds ${this.#bytesMax}`,
      );
    return { ready, pass };
  }
}
