import type { BlockHeader, StatelessBlock, StatelessVertex } from '@aivm/core/block';
import type { CommittedState, Params } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { AnchorOutbox } from '../anchors/anchor-outbox.ts';
import type { SigningUpdate } from '../anchors/validators/anchor-signatures.ts';
import type { Work } from '../builder/propose-block.ts';
import type { AcceptedBlock } from '../chain/accepted-block.ts';
import type { BlockStatus } from '../chain/chain.ts';
import type { Health } from '../health.ts';
import type { DevelopmentControls } from '../http/development-controls.ts';
import type { TransactionUpstream } from '../http/transaction-upstream.ts';
import type { AssembledBlock, BlockExecution } from '../local/node-port.ts';
import type { DevelopmentPort } from '../local/rewinding.ts';
import type { Log } from '../log.ts';
import type { Snapshots } from '../snapshot/snapshots.ts';
import type { VertexStatus } from '../vertices/vertex-set.ts';

/** A block's id with its header. */
export interface BlockTip {
  readonly id: Uint8Array;
  readonly header: BlockHeader;
}

/** The vertices of a node, for a host that orders vertices. */
export interface VertexPort {
  /** @throws AivmError `malformed`, `too_large`, `bad_signature`, `wrong_chain`. */
  parse(bytes: Uint8Array): StatelessVertex;
  /** A vertex that was parsed, proposed, verified or accepted. */
  find(id: Uint8Array): StatelessVertex | undefined;
  status(id: Uint8Array): VertexStatus;
  /** @throws AivmError `vertex_invalid`, `too_large`, `wrong_chain`, `pool_full`. */
  verify(vertex: StatelessVertex): void;
  /** Durable once it resolves; blocks execute its transactions later. @throws AivmError `not_found` unless verified. */
  accept(id: Uint8Array): Promise<void>;
  /** @throws AivmError `wrong_state` when it is accepted. */
  reject(id: Uint8Array): void;
  /** Whether at most one of the two can be accepted. */
  conflicts(left: StatelessVertex, right: StatelessVertex): boolean;
}

/**
 * What a node offers to its host, which orders its blocks. The node never orders anything itself. A host that lets the
 * node choose calls `propose`; one whose outside engine has chosen calls `assemble`. Then both verify and accept or reject.
 */
export interface HostPort {
  readonly params: Params;
  /** A signed transaction, its sender recovered; admits nothing. @throws AivmError where the bytes are none. */
  parseTransaction(bytes: Uint8Array): Transaction;
  /** Admits a transaction to the pool. @throws AivmError why not. */
  submitTransaction(bytes: Uint8Array): Transaction;
  /** Calls `listener` after a transaction came into the pool, for a host that passes transactions on. Returns how to stop. */
  onTransaction(listener: (tx: Transaction) => void): () => void;
  /** What the pool offers for a block on the preferred one, by arrival; about twice as much as fits. */
  candidates(): readonly Transaction[];
  /** Whether the pool holds the transaction. */
  isPending(id: Uint8Array): boolean;
  lastAccepted(): BlockTip;
  /** The last accepted state. */
  state(): CommittedState;
  /** The block that `propose` and `assemble` extend. */
  preferred(): BlockTip;
  /** @throws AivmError `not_found` unless the block is verified or the last accepted one. */
  setPreference(id: Uint8Array): void;
  /**
   * A block of what the pool and the accepted vertices offer, not yet verified. `timestamp` in seconds; raised to the
   * parent's.
   * @throws AivmError `wrong_state` when there is nothing to make a block for.
   */
  propose(timestamp: number): StatelessBlock;
  /**
   * A block of exactly these transactions, in canonical order, not yet verified; none makes an empty block. What cannot be
   * executed is left out: `dropped` says why, `postponed` lists what found no room or lacks an earlier nonce. Deterministic:
   * every node makes the same block of the same list on the same parent. A transaction named twice is dropped once.
   * @param ordered.beacon 32 bytes of the engine's randomness, zero by default: the node's engine names the check of it
   * (`checkBeacon`), without which every other is refused
   * @throws AivmError `block_invalid` for a `timestamp`, in seconds, before the parent's.
   */
  assemble(ordered: {
    readonly transactions: readonly Transaction[];
    readonly timestamp: number;
    readonly beacon?: Uint8Array | undefined;
  }): AssembledBlock;
  /** @throws AivmError `malformed`, `too_large`, `bad_signature`. */
  parseBlock(bytes: Uint8Array): StatelessBlock;
  /** An accepted block, or an undecided one that was proposed, assembled, parsed or verified. */
  findBlock(id: Uint8Array): StatelessBlock | undefined;
  /** The header of an accepted block or of a verified one. */
  headerOf(id: Uint8Array): BlockHeader | undefined;
  /** What executing a verified or accepted block gave: one outcome for each of its transactions, in the block's order. */
  executionOf(id: Uint8Array): BlockExecution | undefined;
  blockStatus(block: Pick<StatelessBlock, 'id' | 'header'>): BlockStatus;
  /** Accepted blocks by height or id. */
  readonly blocks: {
    getBlock(ref: number | Uint8Array): AcceptedBlock | undefined;
    getBlockId(height: number): Uint8Array | undefined;
  };
  /** Re-executes in full, unless the block was made here. Twice is once. @throws AivmError `block_invalid`. */
  verify(block: StatelessBlock): void;
  /**
   * Durable and atomic once it resolves: after a restart `lastAccepted` is this block or a later one.
   * @param signing what the validators of an engine signed of anchors, written with the block
   * @throws AivmError `not_found` unless verified, `wrong_state` unless its parent is the last accepted block.
   */
  accept(id: Uint8Array, signing?: SigningUpdate): Promise<AcceptedBlock>;
  /** Twice is once. @throws AivmError `wrong_state` when the block is accepted. */
  reject(id: Uint8Array): void;
  readonly vertices: VertexPort;
  /** The anchors that accepted blocks made, and what validators signed of them. */
  readonly anchors: Pick<AnchorOutbox, 'origin' | 'beganWithSnapshot' | 'get' | 'signatures'>;
  /** Only on a development chain. */
  readonly development?: DevelopmentPort | undefined;
  /** Undefined on a node that has no directory for them. */
  readonly snapshots?: Pick<Snapshots, 'list' | 'readChunk' | 'receive'> | undefined;
  /** A vertex of pending transactions, not yet verified. @throws AivmError `wrong_state` when there are none for one. */
  proposeVertex(): StatelessVertex;
  work(): Work;
  /** Resolves as soon as there is work, or transactions to carry; every outstanding call does. */
  waitForWork(options?: {
    readonly kind?: 'any' | 'transactions' | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<Work>;
  /** What made the store fail, if anything did: the node then only serves reads, and must be restarted. */
  readonly failure: unknown;
  health(): Health;
}

/** What a node gives its host besides the port. */
export interface HostDependencies {
  readonly log?: Log | undefined;
  readonly nowMs?: (() => number) | undefined;
  /** Called once when no block can be made any more because the store failed. */
  readonly onFatal?: ((error: unknown) => void) | undefined;
}

/** Something that orders the blocks of one node. */
export interface Host {
  readonly kind: string;
  /** Begins, once; resolves when the host serves. @throws AivmError why it cannot; the node is closed then. */
  start(): void | Promise<void>;
  /** Who takes the transactions that clients post, of a host that orders none. */
  readonly upstream?: TransactionUpstream | undefined;
  /** Time and blocks in the user's hands, of a host on a development chain. */
  readonly development?: DevelopmentControls | undefined;
  /** Ends, after the block in progress. Idempotent. */
  stop(): Promise<void>;
  health(): Health;
}

/** Makes the host of a node that is open. */
export type HostFactory = (port: HostPort, dependencies: HostDependencies) => Host;
