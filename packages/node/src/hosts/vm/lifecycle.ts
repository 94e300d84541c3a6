import { AivmError, ErrNotInitialized } from '@aivm/core/errors';
import type { Params } from '@aivm/core/state';
import { createAttestationVerifier } from '../../attestation/create-attestation-verifier.ts';
import type { AttestationVerifier } from '../../http/attestation-verifier.ts';
import type { DevelopmentSigner } from '../../http/development-signer.ts';
import { type OpenedNode, openNode } from '../../local/open-node.ts';
import { errorFields, type Log, silentLog } from '../../log.ts';
import { assetIdOfNetwork, type FeePolicy, FlatPolicy } from './fee-policy.ts';
import type { Pace } from './pace.ts';
import { type HttpHandler, type InitializeOptions, type VMDependencies, VMState } from './vm-options.ts';

/** What there is between `initialize` and `shutdown`. */
export interface Running extends OpenedNode {
  readonly feePolicy: FeePolicy;
  /** Undefined where the host alone keeps the pace. */
  readonly pace: Pace | undefined;
  /** Made at the first call; undefined where nobody plugged HTTP in. */
  readonly handler: () => HttpHandler | undefined;
  readonly signer: DevelopmentSigner | undefined;
  readonly attestationVerifier: AttestationVerifier;
}

type Phase = 'new' | 'starting' | 'running' | 'stopped';

const paceOf = ({ minBlockIntervalMs, maxSkewMs }: Params): Pace => ({ minBlockIntervalMs, maxSkewMs });

/** The asset of a chain that was told of none. */
const OWN_ASSET = new Uint8Array(32);

const assetOf = (networkId: number | undefined): Uint8Array =>
  networkId === undefined ? OWN_ASSET : assetIdOfNetwork(networkId);

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
    let opened: OpenedNode | undefined;
    try {
      const { accelerator } = this.#dependencies;
      opened = await openNode({
        ...(accelerator === undefined ? {} : { kernels: () => accelerator.kernels() }),
        ...options,
        healthParts: this.#healthParts(options),
      });
      const running = this.#assemble(opened, options);
      // A shutdown that came meanwhile closes what was opened.
      this.#running = running;
      if (this.#phase === 'starting') this.#phase = 'running';
      this.#logBoot(running);
    } catch (error) {
      if (options.store === undefined) await opened?.store.close();
      if (this.#phase === 'starting') this.#phase = 'new';
      throw error;
    }
  }

  #assemble(opened: OpenedNode, options: InitializeOptions): Running {
    const { node, genesis } = opened;
    const feePolicy = new FlatPolicy({
      minFee: genesis.params.feeFloor,
      assetId: options.assetId ?? assetOf(options.networkId),
    });
    feePolicy.validate();
    const { createHttpHandler, createDevelopmentSigner, gpuCollateral } = this.#dependencies;
    const { pace = paceOf(genesis.params) } = options;
    const signer = createDevelopmentSigner?.(node);
    const attestationVerifier =
      this.#dependencies.attestationVerifier ?? createAttestationVerifier({ node, stock: gpuCollateral });
    return {
      ...opened,
      feePolicy,
      pace: pace === 'host' ? undefined : pace,
      signer,
      attestationVerifier,
      handler: once(() => createHttpHandler?.(node, { signer, attestationVerifier })),
    };
  }

  #healthParts(options: InitializeOptions): NonNullable<InitializeOptions['healthParts']> {
    const { accelerator } = this.#dependencies;
    const parts = options.healthParts ?? [];
    if (accelerator === undefined) return parts;
    const describe = () => {
      const { backend, effectiveBackendKind } = accelerator.describe();
      return {
        healthy: true,
        details: { kernel_backend: backend, effective_backend_kind: effectiveBackendKind },
      };
    };
    return [...parts, describe];
  }

  #logBoot({ node, store, genesis }: Running): void {
    const { header } = node.lastAccepted();
    const { backend = 'none', reason = '' } = this.#dependencies.accelerator?.describe() ?? {};
    this.#log.info(
      {
        chainId: genesis.chainId.toString(),
        height: header.height,
        store: store.kind,
        durable: store.durable,
        kernelBackend: backend,
        kernelBackendReason: reason,
      },
      'chain is open',
    );
  }

  async #shutdown(): Promise<void> {
    this.#phase = 'stopped';
    await this.#opening;
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) {
      await running.node.close(new ErrNotInitialized('the VM is shutting down'));
      await running.store.close();
    }
    try {
      await this.#dependencies.accelerator?.close();
    } catch (error) {
      this.#log.warn(errorFields(error), 'the accelerator did not close');
    }
    this.#log.info({}, 'the VM is shut down');
  }
}
