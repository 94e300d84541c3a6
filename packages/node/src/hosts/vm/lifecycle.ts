import { ZERO_32 } from '@aivm/core/bytes';
import { AivmError, ErrNotInitialized } from '@aivm/core/errors';
import type { Params } from '@aivm/core/state';
import { type AssembledNode, assembleNode } from '../../assembly/assemble-node.ts';
import { createHttpApp } from '../../http/create-http-app.ts';
import { type KeptBlobs, openKeptBlobs } from '../../local/open-kept-blobs.ts';
import { readGenesis } from '../../local/open-node.ts';
import { errorFields, type Log, silentLog } from '../../log.ts';
import { assetIdOfNetwork, type FeePolicy, FlatPolicy } from './fee-policy.ts';
import type { Pace } from './pace.ts';
import { type HttpHandler, type InitializeOptions, type VMDependencies, VMState } from './vm-options.ts';

/** What there is between `initialize` and `shutdown`. */
export interface Running extends AssembledNode {
  readonly feePolicy: FeePolicy;
  /** Undefined where the host alone keeps the pace. */
  readonly pace: Pace | undefined;
  /** Weights of networks, in the data directory; undefined where there is none. */
  readonly kept: KeptBlobs | undefined;
  /** The node's HTTP, made at the first call. */
  readonly handler: () => HttpHandler;
}

type Phase = 'new' | 'starting' | 'running' | 'stopped';

const paceOf = ({ minBlockIntervalMs, maxSkewMs }: Params): Pace => ({ minBlockIntervalMs, maxSkewMs });

const assetOf = (networkId: number | undefined): Uint8Array =>
  networkId === undefined ? ZERO_32 : assetIdOfNetwork(networkId);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Opens and closes what a VM runs on, once. */
export class Lifecycle {
  readonly #dependencies: VMDependencies;
  readonly #log: Log;
  #phase: Phase = 'new';
  #running: Running | undefined;
  #opening: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  /** Ends event streams and waits of HTTP. */
  readonly #closing = new AbortController();
  /** The state that the host set last. */
  state: number = VMState.unknown;

  constructor(dependencies: VMDependencies) {
    this.#dependencies = dependencies;
    this.#log = dependencies.log ?? silentLog;
  }

  /** @throws ErrNotInitialized before `initialize` and from the first call of `shutdown` on. */
  running(): Running {
    if (this.#phase !== 'running' || this.#running === undefined) throw new ErrNotInitialized();
    return this.#running;
  }

  /** A failed call leaves everything as it was, so that it may be tried again. */
  async initialize(options: InitializeOptions): Promise<void> {
    if (this.#phase === 'stopped') throw new ErrNotInitialized('the VM was shut down');
    if (this.#phase !== 'new') throw new AivmError('wrong_state', 'the VM is initialized');
    this.#phase = 'starting';
    const opening = this.#open(options);
    this.#opening = opening.catch(() => undefined);
    await opening;
  }

  shutdown(): Promise<void> {
    this.#stopping ??= this.#shutdown();
    return this.#stopping;
  }

  async #open(options: InitializeOptions): Promise<void> {
    try {
      const genesis = readGenesis(options.genesis, options.config);
      const { params } = genesis;
      const feePolicy = new FlatPolicy({
        minFee: params.feeFloor,
        assetId: options.assetId ?? assetOf(options.networkId),
      });
      feePolicy.validate();
      const assembled = await assembleNode({ ...options, genesis, ...this.#dependencies });
      const { dataDir, trustedProxies } = options;
      const { node, httpParts } = assembled;
      const kept =
        dataDir === undefined
          ? undefined
          : await openKeptBlobs({ dataDir, node, log: this.#log }).catch(async (error: unknown) => {
              await assembled.close(new ErrNotInitialized('the VM does not start'));
              throw error;
            });
      const pace = options.pace ?? paceOf(params);
      // A shutdown that came meanwhile closes what was opened.
      this.#running = {
        ...assembled,
        feePolicy,
        pace: pace === 'host' ? undefined : pace,
        kept,
        handler: once(() => {
          const closing = this.#closing.signal;
          const app = createHttpApp({ ...httpParts, blobs: kept?.store, trustedProxies, closing });
          return (request, env) => app.fetch(request, env as never);
        }),
      };
      if (this.#phase === 'starting') this.#phase = 'running';
    } catch (error) {
      if (this.#phase === 'starting') this.#phase = 'new';
      throw error;
    }
  }

  async #shutdown(): Promise<void> {
    this.#phase = 'stopped';
    await this.#opening;
    const running = this.#running;
    this.#running = undefined;
    this.#closing.abort(new ErrNotInitialized('the VM is shutting down'));
    await running?.kept?.close();
    await running?.close(new ErrNotInitialized('the VM is shutting down'));
    try {
      await this.#dependencies.accelerator?.close();
    } catch (error) {
      this.#log.warn(errorFields(error), 'the accelerator did not close');
    }
    this.#log.info({}, 'the VM is shut down');
  }
}
