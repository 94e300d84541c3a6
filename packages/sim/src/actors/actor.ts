import type { ProtocolEvent } from '@aivm/core/execute';
import type { Config, Params, StateReader } from '@aivm/core/state';
import type { Operation, Transaction } from '@aivm/core/tx';
import type { Cluster } from '../world/cluster.ts';
import type { Identity } from '../world/identity.ts';
import type { Machine } from '../world/machine.ts';
import type { Proposer, RoundInfo } from '../world/round.ts';
import type { SharedWork } from '../world/shared-work.ts';
import type { FindNode, Web } from '../world/web.ts';

/**
 * Somebody in the simulated world: a person with keys, or a fault that happens to machines.
 *
 * How to add one: write `actors/<name>.ts` with a function that makes it, add its kind to `run/must-reach.ts` (a batch
 * fails where a kind never did anything), and put it into a scenario. An actor decides from the state of the node that
 * it is connected to, never from its own memory alone: a transaction may be lost with the node that took it, so what
 * matters is tried again while the state still asks for it. All chance comes from `view.random`.
 */
export interface Actor extends Partial<Proposer> {
  /** Its file's name: what reports count. */
  readonly kind: string;
  /** Honest actors follow the protocol; checkers hold the chain to what it promises them. */
  readonly isHonest: boolean;
  /** Whose money and providers count as one person's. */
  readonly identities: readonly Identity[];
  /** Once, when the nodes are up: begins the programs that run by themselves from then on. */
  boot?(stage: Stage): void;
  /** Once a round, after the blocks of the round reached the actor's node. */
  act?(view: View): void;
  /** Once a round before blocks are made: crashes, partitions, who proposes. */
  disturb?(cluster: Cluster, round: RoundInfo): void | Promise<void>;
}

/** Where the programs of an actor run. */
export interface Stage extends Pick<SharedWork, 'parse'> {
  /** A computer of its own; the world ends it with itself. */
  machine(name: string): Machine;
  readonly web: Web;
  /** The node that the actor is connected to, or while that is away another. */
  readonly findNode: FindNode;
  /** As {@link RoundInfo.note}, at any time. */
  note(deed: string): void;
  /** A program ended by itself. */
  ended(program: string, reason: string): void;
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
  readonly genesisHash: Uint8Array;
  /** What the blocks did that reached the node since the actor's last turn. */
  readonly events: readonly ProtocolEvent[];
  /** Transactions of those blocks, with the code of each refusal. */
  readonly transactions: readonly SeenTransaction[];
  /** Signs at the sender's next nonce and submits. @returns '' or the code of the pool's refusal. */
  submit(identity: Identity, operation: Operation): string;
  /** Signs at any nonce, for any chain and up to any height. */
  sign(
    identity: Identity,
    operation: Operation,
    at: {
      readonly nonce: bigint;
      readonly chainId?: bigint;
      readonly genesisHash?: Uint8Array;
      readonly expiry?: bigint;
    },
  ): Uint8Array;
  /** The nonce that the node would take next. */
  nextNonce(identity: Identity): bigint;
  /** Hands bytes to the node as they are. @returns '' or the code of the refusal. */
  send(bytes: Uint8Array): string;
  /** Hands bytes to a producer that includes what no pool takes: a block carries them if it can, and they may fail in it. */
  sneak(bytes: Uint8Array): void;
}

export interface SeenTransaction {
  readonly tx: Transaction;
  readonly code: string;
}
