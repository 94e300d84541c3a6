import { readChain } from '@aivm/core/state';
import type { SimNode } from '../world/sim-node.ts';
import { Violation } from '../world/violation.ts';
import type { Actor } from './actor.ts';
import { idsOf, VertexHost } from './vertex-host.ts';

/** Rounds of vertices over vertices before a block may execute them. */
const WAVES_MAX = 3;

/** Machines with one head and the same accepted vertices would execute them alike, however they heard of them. */
function assertOneOrder(nodes: readonly SimNode[]): void {
  const orders = nodes.map(({ node }) =>
    // What one of them has tried and set aside is its own business.
    idsOf(node.vertices.pending({ ...node.lastAccepted(), state: node.state() }, { withIdle: true })),
  );
  const [first] = orders;
  const other = orders.findIndex((order) => order !== first);
  if (other === -1) return;
  throw new Violation(
    'vertices',
    `${nodes[0]?.name} would execute [${first}], ${nodes[other]?.name} [${orders[other]}]`,
  );
}

/**
 * A host with a graph of vertices instead of a row of blocks: several machines make vertices at the same time, some of
 * which fight over a task, and every machine hears of the decided ones in another order. Blocks then execute them.
 */
export function vertexProducers(perMille: number, host: VertexHost = new VertexHost()): Actor {
  return {
    kind: 'vertex-producers',
    isHonest: false,
    identities: [],
    async disturb(cluster, round) {
      const { random } = round;
      let live = cluster.reachable().filter((node) => node.height === cluster.height);
      const [first] = live;
      if (first === undefined) return;
      host.forget(readChain(first.node.state()).epoch);
      for (const node of live) host.assertKept(node);
      if (!random.chance(perMille)) return;
      for (let waves = random.between(1, WAVES_MAX); waves > 0; waves--) {
        const producers: SimNode[] = [];
        // The last machine hears of everything at the end, all at once.
        for (const node of live.slice(0, Math.max(1, live.length - 1))) {
          if (await host.deliver(node, random)) producers.push(node);
        }
        await host.decide(producers, round);
      }
      for (const node of live) await host.deliver(node, random);
      live = live.filter(({ isUp }) => isUp);
      assertOneOrder(live);
    },
  };
}
