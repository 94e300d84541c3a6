import { isEpochOpen, type StatelessVertex } from '@aivm/core/block';
import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Random } from '../world/random.ts';
import type { RoundInfo } from '../world/round.ts';
import { MachineDied } from '../world/sim-disk.ts';
import type { SimNode } from '../world/sim-node.ts';
import { Violation } from '../world/violation.ts';

/** Vertices in short, for people. */
export const idsOf = (vertices: readonly StatelessVertex[]): string =>
  vertices.map(({ id }) => id.subarray(0, 4).join('.')).join(' ');

/** A host that orders vertices: which are decided, and who has heard of them. */
export class VertexHost {
  /** Accepted by the host, in an order in which parents come first; those that a block executed may stay. */
  #decided: StatelessVertex[] = [];
  /** What each machine called accepted, by its index: it may not be without one again. */
  readonly #acknowledged = new Map<number, Set<StatelessVertex>>();

  /** Forgets what no block can execute any more. */
  forget(epoch: bigint): void {
    this.#decided = this.#decided.filter((vertex) => isEpochOpen(vertex.epoch, epoch));
    for (const known of this.#acknowledged.values()) {
      for (const vertex of known) if (!isEpochOpen(vertex.epoch, epoch)) known.delete(vertex);
    }
  }

  assertKept({ index, name, node }: SimNode): void {
    for (const { id } of this.#acknowledged.get(index) ?? []) {
      if (node.vertices.status(id) === 'accepted') continue;
      throw new Violation(
        'vertices',
        `${name} lost vertex ${idsOf([{ id } as StatelessVertex])}, which it had accepted`,
      );
    }
  }

  /** Gives a machine what it has not, in any order that has parents first. @returns false when it died over it. */
  async deliver(to: SimNode, random: Random): Promise<boolean> {
    if (!to.isUp) return false;
    const missing = this.#decided.filter(({ id }) => to.node.vertices.status(id) !== 'accepted');
    while (missing.length > 0) {
      const ready = missing.filter(
        ({ parents }) => !missing.some(({ id }) => parents.some((p) => equalBytes(p, id))),
      );
      const next = random.pick(ready);
      missing.splice(missing.indexOf(next), 1);
      if (!(await this.#accept(to, next))) return false;
    }
    return true;
  }

  /** Several producers at once, each over what it has accepted; of those that fight over a task one is decided. */
  async decide(producers: readonly SimNode[], { random, note }: RoundInfo): Promise<void> {
    const offered: StatelessVertex[] = [];
    for (const { node } of producers) {
      const vertex = proposeOn(node);
      if (vertex !== undefined && !offered.some(({ id }) => equalBytes(id, vertex.id))) offered.push(vertex);
    }
    for (const vertex of random.shuffle(offered)) {
      for (const { node } of producers) node.vertices.verify(node.vertices.parse(vertex.bytes));
    }
    for (const vertex of random.shuffle(offered)) {
      const [judge] = producers;
      const rival = this.#decided.find((one) => judge?.node.vertices.conflicts(one, vertex) === true);
      if (rival !== undefined) {
        note('rejected');
        for (const { node } of producers) node.vertices.reject(vertex.id);
        continue;
      }
      note(vertex.parents.length > 0 ? 'vertex-over-others' : 'vertex');
      this.#decided.push(vertex);
    }
  }

  /** A vertex that somebody made by hand: a host decides it where every machine can, whatever it carries. */
  offer(vertex: StatelessVertex, machines: readonly SimNode[]): boolean {
    try {
      for (const { node } of machines) node.vertices.verify(node.vertices.parse(vertex.bytes));
    } catch (error) {
      if (!(error instanceof AivmError)) throw error;
      return false;
    }
    this.#decided.push(vertex);
    return true;
  }

  async #accept(to: SimNode, vertex: StatelessVertex): Promise<boolean> {
    const { vertices } = to.node;
    try {
      vertices.verify(vertices.parse(vertex.bytes));
      await vertices.accept(vertex.id);
    } catch (error) {
      if (!(error instanceof MachineDied)) throw error;
      to.die();
      return false;
    }
    const known = this.#acknowledged.get(to.index) ?? new Set();
    this.#acknowledged.set(to.index, known.add(vertex));
    return true;
  }
}

function proposeOn(node: SimNode['node']): StatelessVertex | undefined {
  try {
    return node.port.proposeVertex();
  } catch (error) {
    if (error instanceof AivmError && error.code === 'wrong_state') return undefined;
    throw error;
  }
}
