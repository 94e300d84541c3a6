import type { MODEL_CLASS_NAMES } from '@aivm/core/execute';
import type { GPUInfo, readGame, readTrial, SETTLEMENT_NAMES } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';

/** One place of a panel. */
export interface SeatFacts {
  /** Its place in the order of the draw, from 0. */
  readonly position: number;
  readonly provider: string;
  readonly status: 'drawn' | 'committed' | 'revealed';
  readonly drawnAtHeight: number;
  /** 32 bytes; undefined before it committed. */
  readonly commitment: Uint8Array | undefined;
}

/** Several providers that do one task under commit–reveal. */
export interface PanelFacts {
  /** For a redundant task, or to judge the result of another provider. */
  readonly kind: 'redundant' | 'committee';
  readonly phase: 'drawing' | 'committing' | 'revealing';
  readonly seats: readonly SeatFacts[];
}

/** What a worker knows of a task. */
export interface TaskFacts {
  readonly id: string;
  readonly model: string;
  readonly status: 'pending' | 'assigned' | 'processing' | 'completed' | 'failed';
  readonly settlement: (typeof SETTLEMENT_NAMES)[number];
  /** Id of the provider that holds or answered it; empty while nobody does. */
  readonly provider: string;
  readonly fee: bigint;
  /** Attempts begun, this one included. */
  readonly attempt: number;
  /** Panels begun for it. */
  readonly panels: number;
  /** How its results are judged, and the hash of the weights that compute it: as it was when the task was submitted. */
  readonly checkClass: ModelFacts['checkClass'];
  /** 32 bytes. */
  readonly weightHash: Uint8Array;
  /** 32 bytes: the owner's root of the model, which names the header of a network. */
  readonly modelRoot: Uint8Array;
  /** 32 bytes that the input must hash to. */
  readonly inputHash: Uint8Array;
  readonly input: Uint8Array;
  /** Empty until a result is posted. */
  readonly output: Uint8Array;
  /** 32 bytes that the output hashes to; zeros before a result. */
  readonly outputHash: Uint8Array;
  /** Challenges are possible below this height; 0 before a result. */
  readonly finalAtHeight: number;
  /** The panel that works on it; undefined where one provider answers. */
  readonly panel: PanelFacts | undefined;
}

/** What the state proves of a task: only about this does a worker sign. */
export interface ProvenTask
  extends Pick<
    TaskFacts,
    | 'id'
    | 'model'
    | 'checkClass'
    | 'weightHash'
    | 'modelRoot'
    | 'inputHash'
    | 'status'
    | 'settlement'
    | 'provider'
    | 'fee'
    | 'attempt'
    | 'panels'
    | 'outputHash'
    | 'finalAtHeight'
  > {
  /** Whether a wrong result can be challenged. */
  readonly verifiable: boolean;
  /** New tokens that a decoder may post at most; 0 for every other model. */
  readonly maxNew: number;
  /** 20 bytes: who asked and pays. */
  readonly requester: Uint8Array;
  /** Height of the block whose state says so. */
  readonly height: number;
}

/** What all games about one result share, as the state has it. */
export type Trial = NonNullable<ReturnType<typeof readTrial>>;
/** One game about the trace of a result, as the state has it. */
export type Game = NonNullable<ReturnType<typeof readGame>>;

/** What the state proves of a model. */
export interface ProvenModel extends ModelFacts {
  readonly modelRoot: Uint8Array;
}

/** One move of a game about the trace of a result, as the node tells it. */
export interface GameMoveFacts {
  readonly height: number;
  readonly game: number;
  readonly move: number;
  readonly body: Uint8Array;
}

/** What the state proves of one place of a panel. */
export interface ProvenSeat extends Pick<SeatFacts, 'provider' | 'position' | 'status' | 'drawnAtHeight'> {
  readonly phase: PanelFacts['phase'];
  /** The panel's number among those of its task, and the round of its draw. */
  readonly panel: number;
  readonly round: number;
  /** 32 bytes; zeros before it committed. */
  readonly commitment: Uint8Array;
}

/** A dispute that this account began, as the node tells it. */
export interface DisputeFacts {
  readonly challenger: Uint8Array;
  /** 32 bytes. */
  readonly postedHash: Uint8Array;
  readonly verdict: 'open' | 'upheld' | 'rejected' | 'undecided';
}

/** A model as a task binds it. */
export interface ModelFacts {
  readonly id: string;
  readonly checkClass: (typeof MODEL_CLASS_NAMES)[number];
  /** 32 bytes that the parameters of an int8 model must hash to. */
  readonly weightHash: Uint8Array;
}

/** What a worker knows of a provider. */
export interface ProviderFacts {
  readonly id: string;
  readonly operator: Uint8Array;
  readonly status: 'active' | 'unbonding' | 'slashed' | 'withdrawn';
  readonly bond: bigint;
  /** The networks whose blobs it says to hold. */
  readonly holds: readonly { readonly modelRoot: Uint8Array; readonly weightHash: Uint8Array }[];
}

/** The chain's parameters that a worker obeys. */
export interface ChainFacts {
  readonly chainId: bigint;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
  readonly minProviderBond: bigint;
  readonly challengeBond: bigint;
  readonly heartbeatBlocks: number;
  /** Longest output that the chain takes. */
  readonly maxOutputBytes: number;
}

/** Where an event stands; reading goes on strictly after it. */
export interface EventPlace {
  readonly height: number;
  readonly index: number;
}

/** One change on the chain that concerns workers. */
export type WorkerEvent = { readonly place: EventPlace } & (
  | {
      readonly kind: 'task';
      readonly taskId: string;
      readonly settlement: TaskFacts['settlement'];
      readonly provider: string;
    }
  | { readonly kind: 'conviction'; readonly taskId: string; readonly provider: string }
  | { readonly kind: 'other' }
);

/**
 * What workers ask of a node. Methods whose names begin with `prove` believe only proofs against a header that the node,
 * and every witness, has; all others give the node's word. Every method throws AivmError `unreachable` while no node
 * answers.
 */
export interface WorkerNode {
  proveChain(): Promise<ChainFacts>;
  /** Height of the last accepted block. */
  proveHeight(): Promise<number>;
  proveProvider(id: string): Promise<ProviderFacts | undefined>;
  proveTask(id: string): Promise<ProvenTask | undefined>;
  proveSeat(seat: { readonly taskId: string; readonly position: number }): Promise<ProvenSeat | undefined>;
  /** The nonce that the next block expects. */
  proveNonce(address: Uint8Array): Promise<bigint>;
  /** The last accepted block. */
  proveHead(): Promise<{ readonly height: number; readonly id: Uint8Array }>;
  proveGenesisHash(): Promise<Uint8Array>;
  proveModel(id: string): Promise<ProvenModel | undefined>;
  /** Canonical bytes of a network's header. */
  proveNetworkHeader(modelRoot: Uint8Array): Promise<Uint8Array | undefined>;
  proveTrial(taskId: string): Promise<Trial | undefined>;
  proveGame(game: { readonly taskId: string; readonly number: number }): Promise<Game | undefined>;
  getHeight(): Promise<number>;
  /** `next` counts pending transactions too, `accepted` only those in blocks. */
  getNonces(address: Uint8Array): Promise<{ readonly accepted: bigint; readonly next: bigint }>;
  getProvider(id: string): Promise<ProviderFacts | undefined>;
  /** The latest dispute about a task's result. */
  getDispute(taskId: string): Promise<DisputeFacts | undefined>;
  /**
   * Tasks and seats of the provider that are not settled, as of `height`. Waits up to `waitMs` for the first, or with
   * `after` for one that was given, or may be revealed, since above that height; only such are listed then.
   */
  getWork(
    provider: string,
    options: { readonly after?: number; readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<{ readonly height: number; readonly tasks: readonly TaskFacts[] }>;
  getTask(id: string): Promise<TaskFacts | undefined>;
  /** Every task with a posted result that is not final. */
  listPostedTasks(signal: AbortSignal): AsyncIterable<TaskFacts>;
  /** Every task whose result is disputed; with `provider`, those that it answered. */
  listDisputedTasks(signal: AbortSignal, query?: { readonly provider?: string }): AsyncIterable<TaskFacts>;
  /** Moves of the games about a task's results since a height, oldest first. */
  getGameMoves(taskId: string, from: number): Promise<readonly GameMoveFacts[]>;
  /** A blob in pieces, each verified against the hash. */
  fetchBlob(
    blob: { readonly hash: Uint8Array; readonly size: number; readonly offset: number },
    signal: AbortSignal,
  ): AsyncIterable<{ readonly offset: number; readonly bytes: Uint8Array }>;
  /** Parameter bytes of an int8 model by their hash, as the node tells them; not verified. */
  getWeights(weightHash: Uint8Array): Promise<Uint8Array>;
  /** Changes strictly after a place; ends or throws when the connection does. */
  events(options: { readonly after: EventPlace; readonly signal: AbortSignal }): AsyncIterable<WorkerEvent>;
}

/** Where an operation took effect, and the nonce of its transaction. */
export interface SentOperation {
  readonly height: number;
  readonly nonce: bigint;
}

/** Signs operations of one account in nonce order and sends them. */
export interface OperationSender {
  /** 20 bytes. */
  readonly address: Uint8Array;
  /** 32 secret bytes for a label, the same after every restart; undefined where the signer gives none. */
  readonly deriveSecret: ((label: string) => Uint8Array) | undefined;
  /**
   * Resolves when the operation took effect in an accepted block.
   * @throws AivmError with the code of its refusal, at admission or in the block
   */
  send(operation: Operation, options: { readonly signal: AbortSignal }): Promise<SentOperation>;
}

/** What a provider says about itself. */
export interface ProviderIdentity {
  readonly id: string;
  /** 20 bytes: where fees and rewards go. */
  readonly wallet: Uint8Array;
  readonly endpoint: string;
  readonly gpus: readonly GPUInfo[];
  /** Empty: the genesis models and every int8 model. */
  readonly models: readonly string[];
}
