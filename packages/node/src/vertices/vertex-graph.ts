import { compareVertices, type StatelessVertex, verticesConflict } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';

/** Vertices by id and by job, with their children. */
export class VertexGraph {
  readonly #byId = new Map<string, StatelessVertex>();
  readonly #byJob = new Map<string, Set<StatelessVertex>>();
  #bytes = 0;

  get size(): number {
    return this.#byId.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  readonly get = (id: Uint8Array): StatelessVertex | undefined => this.#byId.get(bytesToHex(id));

  values(): Iterable<StatelessVertex> {
    return this.#byId.values();
  }

  about(job: string): Iterable<StatelessVertex> {
    return this.#byJob.get(job) ?? [];
  }

  add(vertex: StatelessVertex): void {
    const key = bytesToHex(vertex.id);
    if (this.#byId.has(key)) return;
    this.#byId.set(key, vertex);
    this.#bytes += vertex.bytes.length;
    for (const job of vertex.jobIds) this.#byJob.set(job, (this.#byJob.get(job) ?? new Set()).add(vertex));
  }

  delete(id: Uint8Array): StatelessVertex | undefined {
    const vertex = this.get(id);
    if (vertex === undefined) return undefined;
    this.#byId.delete(bytesToHex(id));
    this.#bytes -= vertex.bytes.length;
    for (const job of vertex.jobIds) {
      const about = this.#byJob.get(job);
      about?.delete(vertex);
      if (about?.size === 0) this.#byJob.delete(job);
    }
    return vertex;
  }

  /** A vertex of the graph that `vertex` conflicts with; `find` also knows what lies between. */
  conflictOf(
    vertex: StatelessVertex,
    find: (id: Uint8Array) => StatelessVertex | undefined,
  ): StatelessVertex | undefined {
    for (const job of vertex.jobIds) {
      for (const other of this.about(job)) {
        if (verticesConflict(vertex, other, find)) return other;
      }
    }
    return undefined;
  }

  /** The vertices without children in the graph, highest first. */
  tips(): readonly StatelessVertex[] {
    const parents = new Set<string>();
    for (const vertex of this.#byId.values()) {
      for (const id of vertex.parents) parents.add(bytesToHex(id));
    }
    const tips = [...this.#byId.values()].filter(({ id }) => !parents.has(bytesToHex(id)));
    return tips.sort((left, right) => compareVertices(right, left));
  }

  /** Hex ids of these vertices and all their ancestors in the graph. */
  closure(vertices: readonly StatelessVertex[]): ReadonlySet<string> {
    const found = new Set<string>();
    const open = [...vertices];
    for (let vertex = open.pop(); vertex !== undefined; vertex = open.pop()) {
      const key = bytesToHex(vertex.id);
      if (found.has(key)) continue;
      found.add(key);
      for (const id of vertex.parents) {
        const parent = this.get(id);
        if (parent !== undefined) open.push(parent);
      }
    }
    return found;
  }
}
