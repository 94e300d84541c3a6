import { createBlock } from '@aivm/core/block';
import { equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { buildBlock, verifyBlock } from '@aivm/core/execute';
import { readChain, TaskStatus } from '@aivm/core/state';
import { signTransaction } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import {
  alice,
  bob,
  carol,
  dave,
  FAST,
  frank,
  mallory,
  people,
  registerProvider,
  submitTask,
  taskOf,
} from './scenario.ts';
import { TestChain } from './test-chain.ts';

const OPERATORS = [bob, carol, dave, frank, mallory];
const ZERO = new Uint8Array(32);
const BEACON = new Uint8Array(32).fill(7);

/** A chain with five providers. */
function withProviders(): TestChain {
  const chain = new TestChain(FAST, people);
  chain.mine(OPERATORS.map((by, i) => chain.sign(by, registerProvider(by, `p-${i}`))));
  return chain;
}

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const drawn = (chain: TestChain): string => IDS.map((id) => taskOf(chain, id).assignedTo).join();

describe('the seed of draws', () => {
  it('is the genesis hash first, then the hash of seed, state root and beacon', () => {
    const chain = withProviders();
    const fresh = new TestChain(FAST, people);
    const { seed, genesisHash } = readChain(fresh.state);
    expect(seed).toEqual(genesisHash);
    for (let i = 0; i < 3; i++) {
      const { seed: before } = readChain(chain.state);
      const { stateRoot } = chain.tip.header;
      chain.mine();
      expect(readChain(chain.state).seed).toEqual(namedHash('Seed', before, stateRoot, ZERO));
      expect(chain.tip.header.beacon).toEqual(ZERO);
    }
  });

  it('does not change with the ids of blocks: signatures made again draw nobody else', () => {
    // Each try at an id costs one signature; the draws of the next block were made of it.
    const signed = Array.from({ length: 6 }, (_, i) => {
      const chain = withProviders();
      const { chainId, genesisHash } = readChain(chain.state);
      const entropy = new Uint8Array(32).fill(i + 1);
      chain.mine(
        IDS.map((id, nonce) =>
          signTransaction(
            { chainId, genesisHash, nonce: BigInt(nonce), expiry: 0n, operation: submitTask(id) },
            alice.key,
            { extraEntropy: entropy },
          ),
        ),
      );
      const { id } = chain.tip;
      chain.mine();
      return { id: id.join(), drawn: drawn(chain) };
    });
    expect(new Set(signed.map(({ id }) => id)).size).toBe(6);
    expect(new Set(signed.map((one) => one.drawn)).size).toBe(1);
  });

  it('is another one after another state', () => {
    const seen = [1, 2, 3, 4].map((seconds) => {
      const chain = withProviders();
      chain.mine(
        IDS.map((id, i) => chain.sign(alice, submitTask(id), BigInt(i))),
        seconds,
      );
      chain.mine();
      return drawn(chain);
    });
    expect(new Set(seen).size).toBeGreaterThan(1);
  });
});

describe('the beacon of a header', () => {
  const proposeOn = (chain: TestChain, beacon: Uint8Array) =>
    buildBlock({
      parent: chain.parent,
      timestamp: chain.tip.header.timestamp + 1,
      candidates: [],
      beacon,
    });

  it('is zero, and a block with another is refused', () => {
    const chain = withProviders();
    const { block } = proposeOn(chain, BEACON);
    expect(block.header.beacon).toEqual(BEACON);
    expect(() => verifyBlock({ parent: chain.parent, block })).toThrow(/block_invalid: beacon: 0707/);
    const plain = proposeOn(chain, ZERO).block;
    verifyBlock({ parent: chain.parent, block: plain });
    const forged = createBlock({ ...plain.header, beacon: BEACON }, []);
    expect(() => verifyBlock({ parent: chain.parent, block: forged })).toThrow('beacon');
  });

  it('counts where the host vouches for it, and then decides the draws of its own block', () => {
    const chain = withProviders();
    chain.mine(IDS.map((id, i) => chain.sign(alice, submitTask(id), BigInt(i))));
    const seeds = [1, 2, 3, 4].map((fill) => {
      const beacon = new Uint8Array(32).fill(fill);
      const { block, result } = proposeOn(chain, beacon);
      const checked: Uint8Array[] = [];
      const verified = verifyBlock({
        parent: chain.parent,
        block,
        checkBeacon: ({ beacon: shown }) => checked.push(shown),
      });
      expect(checked).toEqual([beacon]);
      expect(equalBytes(verified.tree.root, result.tree.root)).toBe(true);
      const given = verified.events.flatMap((event) =>
        event.kind === 'task' && event.status === TaskStatus.assigned ? [event.provider] : [],
      );
      return given.join();
    });
    expect(new Set(seeds).size).toBeGreaterThan(1);
  });
});
