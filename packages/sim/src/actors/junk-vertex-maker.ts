import { createVertex } from '@aivm/core/block';
import { AivmError } from '@aivm/core/errors';
import { readChain } from '@aivm/core/state';
import { identityOf, signBytes } from '../world/identity.ts';
import type { Actor } from './actor.ts';
import { cheapTask } from './buying.ts';
import type { VertexHost } from './vertex-host.ts';

/** Transactions of a vertex of junk: about a third of what a block may have. */
const JUNK = 24;
const JUNK_BYTES = 400;
const JUNK_MODEL = 'zen-mini-0.5b';

/**
 * Makes vertices of transactions that nobody can pay for, of accounts that have never had a coin. A host decides them, because
 * it looks at no state; carried by blocks, they would keep out everybody else and cost nothing.
 */
export function junkVertexMaker(perMille: number, host: VertexHost): Actor {
  let made = 0;
  return {
    kind: 'junk-vertex-maker',
    isHonest: false,
    identities: [],
    disturb(cluster, { random, isDraining, note }) {
      const machines = cluster.reachable().filter((node) => node.height === cluster.height);
      const [first] = machines;
      if (first === undefined || isDraining || !random.chance(perMille)) return;
      const { chainId, genesisHash, epoch } = readChain(first.node.state());
      const transactions = Array.from({ length: JUNK }, () => {
        const operation = cheapTask(`junk.${made++}`, { model: JUNK_MODEL, input: random.bytes(JUNK_BYTES) });
        const penniless = identityOf(`junk/${made % (4 * JUNK)}`);
        return first.node.parseTransaction(
          signBytes({ chainId, genesisHash, nonce: 0n, expiry: 0n, operation }, penniless),
        );
      });
      const place = { chainId, genesisHash, parents: [], height: 0, epoch: Number(epoch) };
      try {
        const isDecided = host.offer(createVertex({ ...place, transactions }), machines);
        note(isDecided ? 'junk' : 'junk-refused');
      } catch (error) {
        if (!(error instanceof AivmError)) throw error;
        note(`junk-${error.code}`);
      }
    },
  };
}
