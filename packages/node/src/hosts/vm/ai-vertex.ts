import type { StatelessVertex } from '@aivm/core/block';
import { AivmError } from '@aivm/core/errors';
import type { VertexStatus } from '../../vertices/vertex-set.ts';
import type { VertexPort } from '../host.ts';
import { BlockStatus } from './block.ts';

/** What a vertex needs of the VM that made it. */
export interface VertexOwner {
  /** The running node's vertices. @throws ErrNotInitialized. */
  readonly vertices: () => VertexPort;
}

/** A vertex of any VM, as hosts pass it around. */
export interface Vertex {
  id(): Uint8Array;
  bytes(): Uint8Array;
}

const STATUSES: Readonly<Record<VertexStatus, BlockStatus>> = {
  accepted: BlockStatus.accepted,
  processing: BlockStatus.processing,
  rejected: BlockStatus.rejected,
  unknown: BlockStatus.processing,
};

/**
 * A vertex as hosts hold it: the Go service's AIVertex. Its conflict key is the job: vertices about different jobs commute,
 * of two about one job of which neither comes after the other at most one is accepted.
 */
export class AIVertex implements Vertex {
  readonly #vertex: StatelessVertex;
  readonly #owner: VertexOwner;

  constructor(vertex: StatelessVertex, owner: VertexOwner) {
    this.#vertex = vertex;
    this.#owner = owner;
  }

  id(): Uint8Array {
    return this.#vertex.id;
  }

  /** Canonical bytes: parsing them gives this vertex again. */
  bytes(): Uint8Array {
    return this.#vertex.bytes;
  }

  parents(): readonly Uint8Array[] {
    return this.#vertex.parents;
  }

  height(): bigint {
    return BigInt(this.#vertex.height);
  }

  epoch(): number {
    return this.#vertex.epoch;
  }

  /** Ids of its transactions, by sender and nonce. */
  txs(): readonly Uint8Array[] {
    return this.#vertex.transactions.map(({ id }) => id);
  }

  /** `processing` until it is decided, also before `verify`. */
  status(): BlockStatus {
    return STATUSES[this.#owner.vertices().status(this.#vertex.id)];
  }

  /** Whether it can be accepted. @throws AivmError `vertex_invalid`, `too_large`, `wrong_chain`, `pool_full`. */
  async verify(): Promise<void> {
    this.#owner.vertices().verify(this.#vertex);
  }

  /** Durable once it resolves; blocks execute its transactions later. @throws AivmError `not_found` unless verified. */
  async accept(): Promise<void> {
    await this.#owner.vertices().accept(this.#vertex.id);
  }

  /** @throws AivmError `wrong_state` when it is accepted. */
  async reject(): Promise<void> {
    this.#owner.vertices().reject(this.#vertex.id);
  }

  /** Whether both are about one job and neither comes after the other. */
  conflicts(other: AIVertex): boolean {
    return this.#owner.vertices().conflicts(this.#vertex, other.#vertex);
  }

  /** The same for a vertex of any VM. One that is not of this kind conflicts with nothing. */
  conflictsVertex(other: Vertex): boolean {
    if (other instanceof AIVertex) return this.conflicts(other);
    const vertices = this.#owner.vertices();
    const known = vertices.find(other.id());
    if (known !== undefined) return vertices.conflicts(this.#vertex, known);
    try {
      return vertices.conflicts(this.#vertex, vertices.parse(other.bytes()));
    } catch (error) {
      if (error instanceof AivmError) return false;
      throw error;
    }
  }
}
