import type {
  Config,
  Operation,
  Params,
  ProtocolEvent,
  StatelessBlock,
  StateReader,
  Transaction,
} from '@aivm/core';
import type { Cluster } from '../world/cluster.ts';
import type { Identity } from '../world/identity.ts';
import type { Random } from '../world/random.ts';

/**
 * Somebody in the simulated world: a person with keys, or a fault that happens to machines.
 *
 * How to add one: write `actors/<name>.ts` with a function that makes it, add its kind to `actors/kinds.ts` (a batch
 * fails where a kind never did anything), and put it into a scenario. An actor decides from the state of the node that
 * it is connected to, never from its own memory alone: a transaction may be lost with the node that took it, so what
 * matters is tried again while the state still asks for it. All chance comes from `view.random`.
 */
export interface Actor {
  /** Its file's name: what reports count. */
  readonly kind: string;
  /** Honest actors follow the protocol; checkers hold the chain to what it promises them. */
  readonly isHonest: boolean;
  /** Whose money and providers count as one person's. */
  readonly identities: readonly Identity[];
  /** Once a round, after the blocks of the round reached the actor's node. */
  act?(view: View): void;
  /** Once a round before blocks are made: crashes, partitions, who proposes. */
  disturb?(cluster: Cluster, round: RoundInfo): void | Promise<void>;
  /** Makes the block where `disturb` gave this actor the turn. @returns undefined to let the honest proposer do it. */
  propose?(turn: ProposalTurn): StatelessBlock | undefined;
}

/** Where the simulation is. */
export interface RoundInfo {
  readonly round: number;
  readonly nowMs: number;
  /** Height of the last decided block. */
  readonly height: number;
  readonly random: Random;
  /** No new work is begun any more: everything open has to end by itself. */
  readonly isDraining: boolean;
  /** Says that the actor did what it is there for; reports count it. */
  note(deed: string): void;
}

/** What an actor sees and can do: the last accepted state of the node that it is connected to. */
export interface View extends RoundInfo {
  readonly state: StateReader;
  /** The node's last accepted block: what fresh evidence answers. */
  readonly head: { readonly id: Uint8Array; readonly height: number };
  /** Block time of the node's head, seconds. */
  readonly timestamp: number;
  readonly config: Config;
  readonly params: Params;
  readonly chainId: bigint;
  /** What the blocks did that reached the node since the actor's last turn. */
  readonly events: readonly ProtocolEvent[];
  /** Transactions of those blocks, with the code of each refusal. */
  readonly transactions: readonly SeenTransaction[];
  /** Signs at the sender's next nonce and submits. @returns '' or the code of the pool's refusal. */
  submit(identity: Identity, operation: Operation): string;
  /** Signs at any nonce, for any chain. */
  sign(
    identity: Identity,
    operation: Operation,
    at: { readonly nonce: bigint; readonly chainId?: bigint },
  ): Uint8Array;
  /** The nonce that the node would take next. */
  nextNonce(identity: Identity): bigint;
  /** Hands bytes to the node as they are. @returns '' or the code of the refusal. */
  send(bytes: Uint8Array): string;
  /** Hands bytes to whoever includes what no pool takes: a block carries them if it can, and they may fail in it. */
  sneak(bytes: Uint8Array): void;
}

export interface SeenTransaction {
  readonly tx: Transaction;
  readonly code: string;
}

/** One turn of a proposer. */
export interface ProposalTurn {
  readonly round: RoundInfo;
  /** Seconds. */
  readonly timestamp: number;
  /** What the proposer's pool holds, by arrival. */
  readonly pending: readonly Transaction[];
  /** Transactions that no pool would take. */
  readonly sneaked: readonly Transaction[];
  /** The last accepted state. */
  readonly state: StateReader;
  /** A block of these, in canonical order, by the real builder. */
  build(candidates: readonly Transaction[], timestamp?: number): StatelessBlock;
}
