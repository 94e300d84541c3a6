import { equalBytes } from '@aivm/core/bytes';
import type { Genesis } from '@aivm/core/execute';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HostPort } from '../../src/hosts/host.ts';
import type { KeyValueStore } from '../../src/store/key-value-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { people, TEST_TIMESTAMP, type TestAccount, testGenesis, transfer } from '../support/test-genesis.ts';

/** A block about which whatever stands outside of the host decides. */
export interface DecidableBlock {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  verify(): Promise<void>;
  accept(): Promise<void>;
  reject(): Promise<void>;
}

/** A host that runs. */
export interface DrivenHost {
  readonly port: HostPort;
  /** Hands transactions to the host, which makes and accepts one block of them at `timestamp`, in seconds. */
  order(transactions: readonly Uint8Array[], timestamp: number): Promise<void>;
  /** Resolves when there is something to make a block for. Undefined where the host acts on it by itself. */
  readonly waitForEvent?: (signal?: AbortSignal) => Promise<unknown>;
  /** Undefined where every block that is made is also accepted. */
  readonly blocks?: {
    /** @throws AivmError `wrong_state` when there is nothing to make a block for. */
    build(timestamp: number): Promise<DecidableBlock>;
    parse(bytes: Uint8Array): Promise<DecidableBlock>;
    get(id: Uint8Array): Promise<DecidableBlock | undefined>;
  };
  /** Ends the host and the node; closes the store. */
  stop(): Promise<void>;
}

/** A kind of host that must pass. */
export interface HostUnderTest {
  readonly name: string;
  open(place: { readonly store: KeyValueStore; readonly genesis: Genesis }): Promise<DrivenHost>;
}

/** A disk that outlives its node. */
export class KeptStore extends MemoryStore {
  override async close(): Promise<void> {}
}

const [alice, bob] = people(2) as [TestAccount, TestAccount];
const genesis = testGenesis([alice, bob]);
const pay = (nonce: number): Uint8Array => alice.sign(transfer(bob.address), BigInt(nonce)).bytes;
const at = (height: number): number => TEST_TIMESTAMP + 10 * height;

/** One machine: its disk, and the host that runs on it now. */
class Machine {
  readonly store = new KeptStore();
  readonly #host: HostUnderTest;
  #running: DrivenHost | undefined;

  constructor(host: HostUnderTest) {
    this.#host = host;
    onTestFinished(() => this.#running?.stop());
  }

  get running(): DrivenHost {
    if (this.#running === undefined) throw new Error('the machine is off');
    return this.#running;
  }

  get port(): HostPort {
    return this.running.port;
  }

  /** For suites of hosts whose blocks can be decided. */
  get blocks(): NonNullable<DrivenHost['blocks']> {
    const { blocks } = this.running;
    if (blocks === undefined) throw new Error('this host accepts every block that it makes');
    return blocks;
  }

  async restart(): Promise<DrivenHost> {
    await this.#running?.stop();
    this.#running = await this.#host.open({ store: this.store, genesis });
    return this.#running;
  }
}

const start = async (host: HostUnderTest): Promise<Machine> => {
  const machine = new Machine(host);
  await machine.restart();
  return machine;
};

/** Makes a history of `blocks` blocks and opens it again. Some milliseconds a block. */
export async function playLongHistory(host: HostUnderTest, blocks: number): Promise<void> {
  const machine = await start(host);
  for (let height = 1; height <= blocks; height++) {
    await machine.running.order([pay(height - 1)], at(height));
  }
  const { id, header } = machine.port.lastAccepted();
  expect(header.height).toBe(blocks);
  expect(machine.port.health().details).toMatchObject({ blocks_processing: 0, pool_transactions: 0 });
  await machine.restart();
  expect(machine.port.lastAccepted()).toEqual({ id, header });
  let above = machine.port.blocks.getBlock(blocks)?.block.header;
  for (let height = blocks - 1; height >= 0; height--) {
    const known = machine.port.blocks.getBlockId(height);
    if (known === undefined || above === undefined || !equalBytes(above.parentId, known)) {
      throw new Error(`block ${height} is not the parent of the block above it`);
    }
    above = machine.port.blocks.getBlock(known)?.block.header;
  }
  await machine.running.order([pay(blocks)], at(blocks + 1));
  expect(machine.port.lastAccepted().header.height).toBe(blocks + 1);
}

function describeDecisions(host: HostUnderTest): void {
  it('verifies twice, and accepts what was parsed again', async () => {
    const machine = await start(host);
    machine.port.submitTransaction(pay(0));
    const built = await machine.blocks.build(at(1));
    await built.verify();
    await built.verify();
    const parsed = await machine.blocks.parse(built.bytes);
    expect(parsed.id).toEqual(built.id);
    await parsed.verify();
    await parsed.accept();
    expect(machine.port.lastAccepted().id).toEqual(built.id);
  });

  it('accepts one of two blocks on one parent and rejects the other with what is built on it', async () => {
    const machine = await start(host);
    machine.port.submitTransaction(pay(0));
    const left = await machine.blocks.build(at(1));
    const right = await machine.blocks.build(at(2));
    expect(right.id).not.toEqual(left.id);
    for (const block of [left, right]) await block.verify();
    machine.port.setPreference(left.id);
    machine.port.submitTransaction(pay(1));
    const above = await machine.blocks.build(at(3));
    await above.verify();
    await right.accept();
    await left.reject();
    await left.reject();
    expect(machine.port.lastAccepted().id).toEqual(right.id);
    await expect(left.accept()).rejects.toMatchObject({ code: 'not_found' });
    await expect(above.accept()).rejects.toMatchObject({ code: 'not_found' });
    await expect(right.reject()).rejects.toMatchObject({ code: 'wrong_state' });
    await machine.restart();
    expect(machine.port.lastAccepted().id).toEqual(right.id);
    expect(await machine.blocks.get(left.id)).toBeUndefined();
  });

  it('loses nothing that it accepted, and only that is kept, when it restarts between any two steps', async () => {
    const machine = await start(host);
    const { id: first } = machine.port.lastAccepted();
    machine.port.submitTransaction(pay(0));
    const { id, bytes } = await machine.blocks.build(at(1));
    await machine.restart();
    expect(await machine.blocks.get(id)).toBeUndefined();
    await (await machine.blocks.parse(bytes)).verify();
    await machine.restart();
    expect(machine.port.lastAccepted().id).toEqual(first);
    const again = await machine.blocks.parse(bytes);
    await expect(again.accept()).rejects.toMatchObject({ code: 'not_found' });
    await again.verify();
    await again.accept();
    await machine.restart();
    expect(machine.port.lastAccepted().id).toEqual(id);
    expect((await machine.blocks.get(id))?.bytes).toEqual(bytes);
    // What hosts do again after a restart.
    await (await machine.blocks.parse(bytes)).verify();
    expect(machine.port.lastAccepted().id).toEqual(id);
  });

  it('finds no block that it was never given, and builds none of nothing', async () => {
    const machine = await start(host);
    const unknown = new Uint8Array(32).fill(7);
    expect(await machine.blocks.get(unknown)).toBeUndefined();
    expect(() => machine.port.setPreference(unknown)).toThrow(expect.objectContaining({ code: 'not_found' }));
    await expect(machine.port.accept(unknown)).rejects.toMatchObject({ code: 'not_found' });
    await expect(machine.blocks.build(at(1))).rejects.toMatchObject({ code: 'wrong_state' });
    await expect(machine.blocks.parse(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'malformed' });
    expect(machine.port.lastAccepted().header.height).toBe(0);
  });
}

function describeEvents(host: HostUnderTest): void {
  it('sees every waiter off when work comes, and when it stops', async () => {
    const machine = await start(host);
    const wait = (): Promise<unknown> =>
      machine.running.waitForEvent?.() ?? Promise.reject(new Error('no events'));
    const waiters = [wait(), wait()];
    const quiet = new Promise((resolve) => setTimeout(resolve, 20, 'quiet'));
    expect(await Promise.race([...waiters, quiet])).toBe('quiet');
    machine.port.submitTransaction(pay(0));
    await Promise.all(waiters);
    await machine.running.order([], at(1));
    const ended = expect(wait()).rejects.toMatchObject({ code: 'not_initialized' });
    await machine.running.stop();
    await ended;
  });
}

/** What every host must do. `longHistory`: blocks of the long history. */
export function describeHostCompliance(
  host: HostUnderTest,
  features: { readonly decides: boolean; readonly waits: boolean },
  { longHistory }: { readonly longHistory: number },
): void {
  describe(`${host.name} as a host`, () => {
    it('is open at the genesis block and names what it offers', async () => {
      const { running, port } = await start(host);
      expect(port.lastAccepted().header.height).toBe(0);
      expect(port.preferred().id).toEqual(port.lastAccepted().id);
      expect(port.health()).toMatchObject({ healthy: true, details: { height: 0 } });
      expect([running.blocks !== undefined, running.waitForEvent !== undefined]).toEqual([
        features.decides,
        features.waits,
      ]);
    });

    it('orders what it is handed, at the time that it is told, and finds it after each restart', async () => {
      const machine = await start(host);
      let nonce = 0;
      for (const [index, count] of [1, 3, 2].entries()) {
        const transactions = Array.from({ length: count }, () => pay(nonce++));
        await machine.running.order(transactions, at(index + 1));
        const { id, header } = machine.port.lastAccepted();
        expect([header.height, header.timestamp]).toEqual([index + 1, at(index + 1)]);
        expect(machine.port.findBlock(id)?.transactions).toHaveLength(count);
        expect(machine.port.executionOf(id)?.outcomes.map(({ code }) => code)).toEqual(Array(count).fill(''));
        await machine.restart();
        expect(machine.port.lastAccepted()).toEqual({ id, header });
        expect(machine.port.blocks.getBlockId(index + 1)).toEqual(id);
      }
    });

    it('tells its listeners of every transaction that came into the pool, and of none that was refused', async () => {
      const { port } = await start(host);
      const seen: Uint8Array[] = [];
      const stop = port.onTransaction(({ bytes }) => seen.push(bytes));
      port.submitTransaction(pay(0));
      expect(() => port.submitTransaction(pay(0))).toThrow(
        expect.objectContaining({ code: 'already_known' }),
      );
      expect(seen).toEqual([pay(0)]);
      stop();
      port.submitTransaction(pay(1));
      expect(seen).toHaveLength(1);
    });

    it('stops at any time, twice', async () => {
      const machine = await start(host);
      machine.port.submitTransaction(pay(0));
      await machine.running.stop();
      await machine.running.stop();
      await machine.restart();
      expect(machine.port.health().healthy).toBe(true);
    });

    it(
      `makes and opens a history of ${longHistory} blocks`,
      () => playLongHistory(host, longHistory),
      60_000,
    );

    if (features.decides) describeDecisions(host);
    if (features.waits) describeEvents(host);
  });
}
