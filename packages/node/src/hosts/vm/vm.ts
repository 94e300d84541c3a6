import type { StatelessBlock, StatelessVertex } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { requireTask } from '@aivm/core/state';
import type {
  AttestationVerdict,
  GPUAttestation,
  ModelInfo,
  Provider,
  RegisterProviderRequest,
  RewardStats,
  Stats,
  SubmitResultRequest,
  SubmitTaskRequest,
  Task,
} from '@aivm/sdk';
import type { Health } from '../../health.ts';
import type { AttestationVerifier } from '../../http/attestation-verifier.ts';
import type { DevelopmentSigner } from '../../http/development-signer.ts';
import type { LocalNode } from '../../local/local-node.ts';
import { sleepUntil } from '../../sleep.ts';
import { readModels, readProviders, readRewardStats, readStats } from '../../views/chain-views.ts';
import { showTask } from '../../views/record-views.ts';
import type { HostPort } from '../host.ts';
import { AIVertex } from './ai-vertex.ts';
import { Block } from './block.ts';
import type { FeePolicy } from './fee-policy.ts';
import { Lifecycle, type Running } from './lifecycle.ts';
import { checkPace, earliestTimestamp } from './pace.ts';
import { Version, versionText } from './version.ts';
import {
  type CallOptions,
  type HttpHandler,
  type InitializeOptions,
  type VMDependencies,
  VMMessage,
  VMState,
} from './vm-options.ts';

/**
 * The AI virtual machine as its hosts see it. Every call but `version` and `shutdown` is ErrNotInitialized before
 * `initialize` and after `shutdown`.
 */
export class VM {
  readonly #lifecycle: Lifecycle;
  readonly #nowMs: () => number;
  readonly #peers = new Set<string>();

  constructor(dependencies: VMDependencies = {}) {
    this.#lifecycle = new Lifecycle(dependencies);
    this.#nowMs = dependencies.nowMs ?? Date.now;
  }

  /**
   * Opens the chain. A failed call leaves the VM as it was.
   * @throws AivmError `wrong_state` the second time, ErrNotInitialized after a shutdown, or why it cannot start.
   */
  initialize(options: InitializeOptions): Promise<void> {
    return this.#lifecycle.initialize(options);
  }

  /** The node that serves HTTP and hosts. @throws ErrNotInitialized. */
  node(): LocalNode {
    return this.#require().node;
  }

  /** Who signs unsigned writes; undefined where nobody does. @throws ErrNotInitialized. */
  developmentSigner(): DevelopmentSigner | undefined {
    return this.#require().signer;
  }

  async setState(state: number): Promise<void> {
    this.#require();
    if (!Object.values<number>(VMState).includes(state)) {
      throw new RangeError(`state: expected 0…7, got ${state}`);
    }
    this.#lifecycle.state = state;
  }

  /** Flushes, ends every wait, closes the store. Idempotent; fine before `initialize`. */
  shutdown(): Promise<void> {
    return this.#lifecycle.shutdown();
  }

  async version(): Promise<string> {
    return versionText(Version);
  }

  async healthCheck(): Promise<Health> {
    const { healthy, details } = this.#require().node.health();
    return { healthy, details: { ...details, vm_state: this.#lifecycle.state, peers: this.#peers.size } };
  }

  async connected(nodeID: Uint8Array, _version?: unknown): Promise<void> {
    this.#require();
    this.#peers.add(bytesToHex(nodeID));
  }

  async disconnected(nodeID: Uint8Array): Promise<void> {
    this.#require();
    this.#peers.delete(bytesToHex(nodeID));
  }

  /** @throws AivmError `wrong_state` when there is nothing to make a block for. */
  async buildBlock({ signal }: CallOptions = {}): Promise<Block> {
    const { node, pace } = this.#require();
    signal?.throwIfAborted();
    const now = Math.floor(this.#nowMs() / 1_000);
    const earliest = pace === undefined ? now : earliestTimestamp(node.port.preferred().header, pace);
    return this.#show(node.port.propose(Math.max(now, earliest)));
  }

  /** @throws AivmError `malformed`, `too_large`, `bad_signature`. */
  async parseBlock(bytes: Uint8Array): Promise<Block> {
    return this.#show(this.#port().parseBlock(bytes));
  }

  /**
   * A vertex of pending transactions over the accepted vertices; not yet verified.
   * @throws AivmError `wrong_state` when there is nothing to make a vertex of.
   */
  async buildVertex({ signal }: CallOptions = {}): Promise<AIVertex> {
    const port = this.#port();
    signal?.throwIfAborted();
    return this.#showVertex(port.proposeVertex());
  }

  /** @throws AivmError `malformed`, `too_large`, `bad_signature`, `wrong_chain`. */
  async parseVertex(bytes: Uint8Array): Promise<AIVertex> {
    return this.#showVertex(this.#port().vertices.parse(bytes));
  }

  /** An accepted block, or an undecided one that was built, parsed or verified. @throws AivmError `not_found`. */
  async getBlock(id: Uint8Array): Promise<Block> {
    const block = this.#port().findBlock(id);
    if (block === undefined) throw new AivmError('not_found', `block ${bytesToHex(id)}`);
    return this.#show(block);
  }

  /** @throws AivmError `not_found` above the last accepted height. */
  async getBlockIDAtHeight(height: bigint | number): Promise<Uint8Array> {
    const id = this.#port().blocks.getBlockId(Number(height));
    if (id === undefined) throw new AivmError('not_found', `no accepted block at height ${height}`);
    return id;
  }

  async lastAccepted(): Promise<Uint8Array> {
    return this.#port().lastAccepted().id;
  }

  /** @throws AivmError `not_found` unless the block is verified or the last accepted one. */
  async setPreference(id: Uint8Array): Promise<void> {
    this.#port().setPreference(id);
  }

  /**
   * Resolves when a block should be built: there is work, and the preferred block is old enough. Waits on a timer or an
   * event, never in a loop. @throws ErrNotInitialized when the VM is shut down meanwhile, or the signal's reason.
   */
  async waitForEvent({ signal }: CallOptions = {}): Promise<VMMessage> {
    const { node, pace } = this.#require();
    for (;;) {
      await node.port.waitForWork({ signal });
      if (pace === undefined) return VMMessage.pendingTransactions;
      const dueMs = earliestTimestamp(node.port.preferred().header, pace) * 1_000;
      if (dueMs <= this.#nowMs()) return VMMessage.pendingTransactions;
      await sleepUntil(dueMs, { nowMs: this.#nowMs, signal });
      this.#require();
    }
  }

  /** HTTP handlers by path prefix. */
  async createHandlers(): Promise<ReadonlyMap<string, HttpHandler>> {
    return new Map([['/rpc', this.#require().handler()]]);
  }

  async newHTTPHandler(): Promise<HttpHandler> {
    return this.#require().handler();
  }

  /** Resolves once the registration took effect. @throws AivmError `unsigned` where nobody signs, or the refusal. */
  registerProvider(request: RegisterProviderRequest): Promise<void> {
    return this.#write((signer) => signer.registerProvider(request));
  }

  /** The fee policy comes first: nothing else sees a task below the floor. */
  submitTask(request: SubmitTaskRequest): Promise<void> {
    return this.#write((signer, { feePolicy }) => {
      feePolicy.check({ assetId: feePolicy.assetId, amount: request.fee });
      return signer.submitTask(request);
    });
  }

  submitResult(request: SubmitResultRequest): Promise<void> {
    return this.#write((signer) => signer.submitResult(request));
  }

  /** Gives the claimed amount as decimal text. */
  claimRewards(providerId: string): Promise<string> {
    return this.#write(async (signer) => (await signer.claimRewards(providerId)).toString());
  }

  /** @throws AivmError `task_not_found`. */
  getTask(id: string): Task {
    const { node } = this.#require();
    return showTask(node, requireTask(node.state(), id));
  }

  getProviders(): readonly Provider[] {
    return readProviders(this.#require().node);
  }

  getModels(): readonly ModelInfo[] {
    return readModels(this.#require().node);
  }

  getStats(): Stats {
    return readStats(this.#require().node);
  }

  /** The root of all receipts: 32 bytes, for anchoring. */
  getMerkleRoot(): Uint8Array {
    return this.#require().node.lastAccepted().header.receiptsRoot;
  }

  /** @throws AivmError `provider_not_found`. */
  getRewardStats(providerId: string): RewardStats {
    return readRewardStats(this.#require().node, providerId);
  }

  /** Who verifies attestations. @throws ErrNotInitialized. */
  attestationVerifier(): AttestationVerifier {
    return this.#require().attestationVerifier;
  }

  /**
   * Verifies GPU evidence at block time, locally. Bad evidence is an answer, never an exception.
   * @throws AivmError `rate_limited` when too many wait already.
   */
  async verifyGPUAttestation(
    attestation: GPUAttestation,
    { providerId }: { readonly providerId?: string | undefined } = {},
  ): Promise<AttestationVerdict> {
    const { node, attestationVerifier } = this.#require();
    const nowSeconds = node.lastAccepted().header.timestamp;
    return attestationVerifier(attestation, { nowSeconds, provider: providerId });
  }

  feePolicy(): FeePolicy {
    return this.#require().feePolicy;
  }

  #require(): Running {
    return this.#lifecycle.running();
  }

  #port(): HostPort {
    return this.#require().node.port;
  }

  #showVertex(vertex: StatelessVertex): AIVertex {
    return new AIVertex(vertex, { vertices: () => this.#port().vertices });
  }

  #show(block: StatelessBlock): Block {
    return new Block(block, {
      port: () => this.#port(),
      checkLive: (candidate) => this.#checkLive(candidate),
    });
  }

  /** What the host's view adds to a block's own validity: its pace, and that its vertices are accepted. */
  #checkLive({ header, vertices }: StatelessBlock): void {
    const { node, pace } = this.#require();
    const { port } = node;
    const isLive = this.#lifecycle.state === VMState.ready;
    // A block of the past was accepted by others, and its vertices with it.
    const unknown = vertices.find(({ id }) => isLive && port.vertices.status(id) !== 'accepted');
    if (unknown !== undefined) {
      throw new AivmError('block_invalid', `vertex ${bytesToHex(unknown.id)} is not accepted`);
    }
    const parent = port.headerOf(header.parentId);
    if (pace === undefined || parent === undefined) return;
    checkPace(header, parent, { pace, nowMs: isLive ? this.#nowMs() : undefined });
  }

  async #write<T>(run: (signer: DevelopmentSigner, running: Running) => Promise<T>): Promise<T> {
    const running = this.#require();
    if (running.signer === undefined) throw new AivmError('unsigned', 'this VM signs for nobody');
    return run(running.signer, running);
  }
}
