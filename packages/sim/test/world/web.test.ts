import { bytesToHex } from '@aivm/core/bytes';
import { installCrypto } from '@aivm/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { requester } from '../../src/actors/requester.ts';
import { simGenesis } from '../../src/run/sim-genesis.ts';
import { identityOf, signBytes } from '../../src/world/identity.ts';
import { Machine } from '../../src/world/machine.ts';
import { CALM, type NetworkConditions } from '../../src/world/network.ts';
import { Random } from '../../src/world/random.ts';
import { SharedWork } from '../../src/world/shared-work.ts';
import { SIM_TIMESTAMP } from '../../src/world/sim-chain.ts';
import { SimClock } from '../../src/world/sim-clock.ts';
import { SimNode } from '../../src/world/sim-node.ts';
import { NODE_URL, Web } from '../../src/world/web.ts';

const START = SIM_TIMESTAMP * 1_000;
/** Each way takes a tenth of a second, and nothing goes wrong. */
const STEADY: NetworkConditions = {
  delayMsMin: 100,
  delayMsMax: 100,
  lossPerMille: 0,
  duplicatePerMille: 0,
  latePerMille: 0,
};
const buyer = requester({ name: 'web', per100Rounds: 1 });
const [me = identityOf('nobody')] = buyer.identities;
const { genesis } = {
  genesis: simGenesis({
    nodeCount: 1,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [buyer],
  }),
};

/** One node, one machine, and the way between them. */
async function world(change: Partial<NetworkConditions> = {}) {
  const clock = new SimClock(START, Random.of('web'));
  const posted: Uint8Array[] = [];
  const shared = new SharedWork({ reexecutesEverywhere: false });
  const node = new SimNode(0, { genesis, shared, clock, onPosted: (_, bytes) => void posted.push(bytes) });
  await node.start();
  const machine = new Machine('pc', { clock, random: Random.of('pc') });
  const life = machine.boot();
  const asked: number[] = [];
  const reach = { node: node as SimNode | undefined };
  const findNode = (): SimNode | undefined => {
    asked.push(clock.now() - START);
    return reach.node;
  };
  const fetch = new Web({ ...STEADY, ...change }, { clock }).fetchFrom(life, findNode);
  const results: string[] = [];
  const get = (path: string, init?: RequestInit): void => {
    fetch(`${NODE_URL}${path}`, init).then(
      async (response) => void results.push(`${response.status} at ${clock.now() - START}`),
      (error: { cause?: Error; message: string }) =>
        void results.push(`${error.cause?.message ?? error.message} at ${clock.now() - START}`),
    );
  };
  return { clock, node, machine, posted, asked, reach, results, get };
}

describe('the simulated web', () => {
  beforeAll(() => void installCrypto());

  it('carries a request there and its answer back, each on its way for a while', async () => {
    const { clock, get, results, asked } = await world();
    get('/health');
    await clock.advance(START + 99);
    expect(asked).toEqual([]);
    await clock.advance(START + 199);
    expect({ asked, results }).toEqual({ asked: [100], results: [] });
    await clock.advance(START + 200);
    expect(results).toEqual([expect.stringMatching(/^\d{3} at 200$/u)]);
  });

  it('breaks a request where no node can be reached', async () => {
    const { clock, get, results, reach } = await world();
    reach.node = undefined;
    get('/health');
    await clock.advance(START + 500);
    expect(results).toEqual(['no node can be reached at 100']);
  });

  it('breaks a request whose node dies before the answer is back', async () => {
    const { clock, get, results, node } = await world();
    get('/health');
    clock.after(150, () => node.die());
    await clock.advance(START + 500);
    expect(results).toEqual(['node-0 died at 150']);
  });

  it('tells a machine that died nothing at all', async () => {
    const { clock, get, results, machine, asked } = await world();
    get('/health');
    clock.after(150, () => machine.die());
    await clock.advance(START + 500);
    expect({ asked, results }).toEqual({ asked: [100], results: [] });
  });

  it('ends a request that its client gives up', async () => {
    const { clock, get, results } = await world();
    get('/health', { signal: clock.timeout(120) });
    await clock.advance(START + 500);
    expect(results).toEqual(['the time is over at 120']);
  });

  it('loses requests before the node, or answers behind it, as often as it is told', async () => {
    const { clock, get, results, asked } = await world({ lossPerMille: 1_000 });
    get('/health');
    await clock.advance(START + 500);
    expect({ asked, results }).toEqual({ asked: [], results: ['the request was lost at 100'] });
  });

  it('hands what changes something to the node twice, and what reads once', async () => {
    const { clock, get, results, asked, posted, node } = await world({ duplicatePerMille: 1_000 });
    const { chainId, genesisHash } = node.node;
    const operation = { kind: 'transfer', to: me.address, amount: 1n } as const;
    const body = signBytes({ chainId, genesisHash, nonce: 0n, expiry: 0n, operation }, me);
    const headers = { 'content-type': 'application/json' };
    get('/rpc/tx', { method: 'POST', headers, body: JSON.stringify(`0x${bytesToHex(body)}`) });
    get('/health');
    await clock.advance(START + 500);
    expect(asked).toEqual([100, 100, 200]);
    expect(results).toHaveLength(2);
    // The pool took it once: the second one is known.
    expect(posted).toHaveLength(1);
  });
});
