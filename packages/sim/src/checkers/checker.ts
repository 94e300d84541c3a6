import type { StatelessBlock } from '@aivm/core/block';
import type { ExecutionResult, Genesis, Outcome, ProtocolEvent } from '@aivm/core/execute';
import type { StateReader } from '@aivm/core/state';
import type { Cast } from '../world/cast.ts';
import type { Mirror, RecordChanges } from '../world/mirror.ts';
import type { Execution } from '../world/shared-work.ts';
import type { SimNode } from '../world/sim-node.ts';

/**
 * Something that must never happen, watched.
 *
 * How to add one: write `checkers/<name>.ts`, one item of the list of what must never happen in each, with a sentence
 * of why it matters above `createChecker…`, and add it to `checkers/registry.ts`. A checker keeps a small model of its
 * own of what is allowed and compares it with what a block changed (`changes`), said (`events`) and did with each
 * transaction (`outcomes`); it does not call the code that it checks. Work per block is in proportion to what the
 * block changed; whole-state comparisons belong into `onCensus`. The first violation ends the run.
 */
export interface Checker {
  readonly name: string;
  onBlock?(block: ObservedBlock): void;
  /** Every CENSUS_BLOCKS blocks and at the end; may look at the whole state and at every node. */
  onCensus?(census: CensusTaken): void;
  /** After everything open had the time to end by itself. */
  onEnd?(census: CensusTaken): void;
}

/** What a checker is made with. */
export interface CheckContext {
  readonly genesis: Genesis;
  /** Who is honest, and whose money is whose. */
  readonly cast: Cast;
  /** The state after the block that is looked at. */
  readonly mirror: Mirror;
  /** Ends the run. */
  fail(detail: string): never;
}

export type CreateChecker = (context: CheckContext) => Checker;

/** A decided block. */
export interface ObservedBlock {
  readonly height: number;
  readonly block: StatelessBlock;
  readonly outcomes: readonly Outcome[];
  readonly events: readonly ProtocolEvent[];
  readonly changes: RecordChanges;
  readonly result: ExecutionResult;
  /** Every execution of this or another block since the last decided one, by node. */
  readonly executions: readonly Execution[];
}

/** A program that ran on a machine of an actor and ended although nobody stopped it. */
export interface EndedProgram {
  readonly program: string;
  readonly isHonest: boolean;
  readonly reason: string;
}

export interface CensusTaken {
  readonly height: number;
  readonly state: StateReader;
  readonly nodes: readonly SimNode[];
  /** Programs of actors that ended by themselves so far. */
  readonly ended: readonly EndedProgram[];
  /** Id of the decided block at each height. */
  idAt(height: number): Uint8Array | undefined;
}
