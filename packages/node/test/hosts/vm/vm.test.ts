import { bytesToHex } from '@aivm/core/bytes';
import { ErrNotInitialized } from '@aivm/core/errors';
import { readAccount } from '@aivm/core/state';
import type {
  GPUAttestation,
  RegisterProviderRequest,
  SubmitResultRequest,
  SubmitTaskRequest,
} from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { BlockStatus } from '../../../src/hosts/vm/block.ts';
import { Factory } from '../../../src/hosts/vm/factory.ts';
import { FlatPolicy, MinTxFeeFloor } from '../../../src/hosts/vm/fee-policy.ts';
import { Version, VMID } from '../../../src/hosts/vm/version.ts';
import { VM } from '../../../src/hosts/vm/vm.ts';
import { type InitializeOptions, VMMessage, VMState } from '../../../src/hosts/vm/vm-options.ts';
import { silentLog } from '../../../src/log.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import {
  people,
  TEST_TIMESTAMP,
  type TestAccount,
  testGenesis,
  transfer,
} from '../../support/test-genesis.ts';

const crowd = people(2);
const [alice, bob] = crowd as [TestAccount, TestAccount];
const ID = new Uint8Array(32);

/** A VM on a store of its own with a clock that the test sets, in milliseconds. */
async function openVM(options: Partial<InitializeOptions> = {}): Promise<{ vm: VM; clock: { ms: number } }> {
  const clock = { ms: (TEST_TIMESTAMP + 100) * 1_000 };
  const vm = new VM({ nowMs: () => clock.ms });
  await vm.initialize({
    store: new MemoryStore(),
    genesis: testGenesis(crowd),
    ...options,
  } as InitializeOptions);
  return { vm, clock };
}

const pay = (nonce: bigint): Uint8Array => alice.sign(transfer(bob.address), nonce).bytes;

/** Every call that needs a running VM. */
const CALLS: readonly [name: string, call: (vm: VM) => unknown][] = [
  ['setState', (vm) => vm.setState(VMState.ready)],
  ['healthCheck', (vm) => vm.healthCheck()],
  ['connected', (vm) => vm.connected(new Uint8Array(20))],
  ['disconnected', (vm) => vm.disconnected(new Uint8Array(20))],
  ['buildBlock', (vm) => vm.buildBlock()],
  ['parseBlock', (vm) => vm.parseBlock(ID)],
  ['buildVertex', (vm) => vm.buildVertex()],
  ['parseVertex', (vm) => vm.parseVertex(ID)],
  ['getBlock', (vm) => vm.getBlock(ID)],
  ['getBlockIDAtHeight', (vm) => vm.getBlockIDAtHeight(0n)],
  ['lastAccepted', (vm) => vm.lastAccepted()],
  ['setPreference', (vm) => vm.setPreference(ID)],
  ['waitForEvent', (vm) => vm.waitForEvent()],
  ['createHandlers', (vm) => vm.createHandlers()],
  ['newHTTPHandler', (vm) => vm.newHTTPHandler()],
  ['registerProvider', (vm) => vm.registerProvider({ id: 'p' } as RegisterProviderRequest)],
  ['submitTask', (vm) => vm.submitTask({ fee: 1n } as SubmitTaskRequest)],
  ['submitResult', (vm) => vm.submitResult({} as SubmitResultRequest)],
  ['claimRewards', (vm) => vm.claimRewards('p')],
  ['getTask', (vm) => vm.getTask('t')],
  ['getProviders', (vm) => vm.getProviders()],
  ['getModels', (vm) => vm.getModels()],
  ['getStats', (vm) => vm.getStats()],
  ['getMerkleRoot', (vm) => vm.getMerkleRoot()],
  ['getRewardStats', (vm) => vm.getRewardStats('p')],
  ['verifyGPUAttestation', (vm) => vm.verifyGPUAttestation({} as GPUAttestation)],
  ['attestationVerifier', (vm) => vm.attestationVerifier()],
  ['feePolicy', (vm) => vm.feePolicy()],
  ['node', (vm) => vm.node()],
];

const errorOf = async (call: () => unknown): Promise<unknown> => {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('VM contract', () => {
  it('lists every method of the class', () => {
    const methods = Object.getOwnPropertyNames(VM.prototype).sort();
    const always = ['constructor', 'initialize', 'shutdown', 'version', 'developmentSigner'];
    expect([...CALLS.map(([name]) => name), ...always].sort()).toEqual(methods);
  });

  it.each(CALLS)('%s is ErrNotInitialized before initialize and after shutdown', async (_, call) => {
    const fresh = new VM();
    expect(await errorOf(() => call(fresh))).toBeInstanceOf(ErrNotInitialized);
    const { vm } = await openVM();
    await vm.shutdown();
    expect(await errorOf(() => call(vm))).toBeInstanceOf(ErrNotInitialized);
  });

  it('tells its version always, and shuts down at any time, twice', async () => {
    const vm = new Factory().new(silentLog);
    expect(await vm.version()).toBe('v1.0.0');
    await vm.shutdown();
    await vm.shutdown();
    expect(await vm.version()).toBe('v1.0.0');
    await expect(
      vm.initialize({ store: new MemoryStore(), genesis: testGenesis(crowd) }),
    ).rejects.toBeInstanceOf(ErrNotInitialized);
    expect(Version).toEqual({ major: 1, minor: 0, patch: 0 });
    expect([VMID.length, bytesToHex(VMID).replace(/0+$/, '')]).toEqual([32, '6169766d']);
  });

  it('initializes once; a failed attempt may be repeated', async () => {
    const vm = new VM();
    const store = new MemoryStore();
    await expect(vm.initialize({ store, genesis: '{"nonsense": 1}' })).rejects.toMatchObject({
      code: 'config_refused',
    });
    await vm.initialize({
      store,
      genesis: '{"version":1,"message":"seed","timestamp":1700000000,"chainId":7}',
    });
    await expect(vm.initialize({ store, genesis: testGenesis(crowd) })).rejects.toMatchObject({
      code: 'wrong_state',
    });
    expect(vm.getModels().map(({ id }) => id)).toContain('wdbc-int8');
  });

  it('refuses to boot without a fee floor', async () => {
    const vm = new VM();
    const genesis = { chainId: 7, params: { feeFloor: 0 } };
    const error = await errorOf(() => vm.initialize({ store: new MemoryStore(), genesis }));
    expect(error).toMatchObject({ code: 'fee_policy_zero' });
    const policy = new FlatPolicy({ minFee: 0n, assetId: ID });
    expect(() => policy.validate()).toThrow('fee policy declares zero min tx fee on a user-facing chain');
  });

  it('shuts down while it is being initialized', async () => {
    const store = new MemoryStore();
    const vm = new VM();
    const starting = vm.initialize({ store, genesis: testGenesis(crowd) });
    await vm.shutdown();
    await starting;
    expect(() => store.get(ID)).toThrow('closed');
    expect(await errorOf(() => vm.lastAccepted())).toBeInstanceOf(ErrNotInitialized);
  });
});

describe('VM blocks', () => {
  it('builds, parses, verifies, accepts, finds', async () => {
    const { vm } = await openVM();
    const genesisId = await vm.lastAccepted();
    vm.node().submitTransaction(pay(0n));
    const block = await vm.buildBlock();
    expect([block.height(), block.parent(), block.parentID()]).toEqual([1n, genesisId, genesisId]);
    expect(block.timestamp()).toEqual(new Date((TEST_TIMESTAMP + 100) * 1_000));
    const parsed = await vm.parseBlock(block.bytes());
    expect([parsed.id(), parsed.bytes()]).toEqual([block.id(), block.bytes()]);
    expect((await vm.getBlock(block.id())).bytes()).toEqual(block.bytes());
    expect(block.status()).toBe(BlockStatus.processing);
    await block.verify();
    await parsed.verify();
    await vm.setPreference(block.id());
    expect(await vm.lastAccepted()).toEqual(genesisId);
    await expect(vm.getBlockIDAtHeight(1n)).rejects.toMatchObject({ code: 'not_found' });
    await parsed.accept();
    expect([block.status(), parsed.status()]).toEqual([BlockStatus.accepted, BlockStatus.accepted]);
    expect(await vm.lastAccepted()).toEqual(block.id());
    expect(await vm.getBlockIDAtHeight(1n)).toEqual(block.id());
    expect(await vm.getBlockIDAtHeight(0n)).toEqual(genesisId);
    expect((await vm.getBlock(genesisId)).height()).toBe(0n);
    await expect(vm.getBlock(ID)).rejects.toMatchObject({ code: 'not_found' });
    await expect(vm.setPreference(ID)).rejects.toMatchObject({ code: 'not_found' });
    expect(readAccount(vm.node().state(), alice.address).nonce).toBe(1n);
  });

  it('rejects, and may meet the same block again', async () => {
    const { vm } = await openVM();
    vm.node().submitTransaction(pay(0n));
    const block = await vm.buildBlock();
    await block.verify();
    await block.reject();
    expect(block.status()).toBe(BlockStatus.rejected);
    await expect(block.accept()).rejects.toMatchObject({ code: 'not_found' });
    const again = await vm.parseBlock(block.bytes());
    await again.verify();
    await again.accept();
    expect(again.status()).toBe(BlockStatus.accepted);
  });

  it('shows the JSON of the Go service', async () => {
    const { vm } = await openVM();
    vm.node().submitTransaction(pay(0n));
    const block = await vm.buildBlock();
    await block.verify();
    const json = JSON.parse(
      JSON.stringify(block, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    );
    expect(json).toMatchObject({
      height: 1,
      timestamp: '2023-11-14T22:15:00Z',
      transactions: [{ code: '' }],
    });
    expect(json.merkleRoot).toHaveLength(32);
    expect(json.id).toMatch(/^[1-9A-HJ-NP-Za-km-z]{40,60}$/);
  });

  it('builds nothing from nothing', async () => {
    const { vm } = await openVM();
    await expect(vm.buildBlock()).rejects.toMatchObject({ code: 'wrong_state' });
  });

  it('keeps the pace: a block not before its time, nor from the future once the node is live', async () => {
    const { vm, clock } = await openVM();
    vm.node().submitTransaction(pay(0n));
    const first = await vm.buildBlock();
    await first.verify();
    await first.accept();
    vm.node().submitTransaction(pay(1n));
    const second = await vm.buildBlock();
    expect(second.timestamp().getTime() - first.timestamp().getTime()).toBe(3_000);
    const hasty = vm.node().port.propose(first.timestamp().getTime() / 1_000 + 2);
    await expect((await vm.parseBlock(hasty.bytes)).verify()).rejects.toMatchObject({
      code: 'block_invalid',
    });
    const far = await vm.parseBlock(vm.node().port.propose(TEST_TIMESTAMP + 100 + 11).bytes);
    await vm.setState(VMState.ready);
    await expect(far.verify()).rejects.toMatchObject({ code: 'block_invalid' });
    clock.ms += 1_000;
    await far.verify();
    await vm.setState(VMState.bootstrapping);
    await expect(vm.setState(8)).rejects.toThrow(RangeError);
  });
});

describe('VM.waitForEvent', () => {
  it('resolves every outstanding waiter when work arrives, and at once while there is any', async () => {
    const { vm } = await openVM();
    const waiters = [vm.waitForEvent(), vm.waitForEvent(), vm.waitForEvent()];
    const quiet = new Promise((resolve) => setTimeout(resolve, 30, 'quiet'));
    expect(await Promise.race([...waiters, quiet])).toBe('quiet');
    vm.node().submitTransaction(pay(0n));
    expect(await Promise.all(waiters)).toEqual(Array(3).fill(VMMessage.pendingTransactions));
    expect(await vm.waitForEvent()).toBe(VMMessage.pendingTransactions);
    const block = await vm.buildBlock();
    await block.verify();
    await vm.setPreference(block.id());
    // The preferred block carries it already.
    const stopped = new AbortController();
    const waiting = vm.waitForEvent({ signal: stopped.signal });
    stopped.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await block.reject();
    expect(await vm.waitForEvent()).toBe(VMMessage.pendingTransactions);
  });

  it('waits until the preferred block is old enough', async () => {
    const { vm, clock } = await openVM();
    vm.node().submitTransaction(pay(0n));
    const block = await vm.buildBlock();
    await block.verify();
    await block.accept();
    vm.node().submitTransaction(pay(1n));
    clock.ms += 2_960;
    const startedAt = performance.now();
    const waiting = vm.waitForEvent();
    setTimeout(() => {
      clock.ms += 40;
    }, 20);
    await waiting;
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(35);
  });

  it('ends with the VM', async () => {
    const { vm } = await openVM();
    const waiting = vm.waitForEvent();
    const ended = expect(waiting).rejects.toBeInstanceOf(ErrNotInitialized);
    await vm.shutdown();
    await ended;
  });
});

describe('VM reads and writes', () => {
  it('answers in the shapes of the Go service', async () => {
    const { vm } = await openVM();
    expect(vm.getProviders()).toEqual([]);
    expect(vm.getStats()).toMatchObject({ tasks_pending: 0, models_available: 4, height: 0 });
    expect(vm.getMerkleRoot()).toEqual(vm.node().lastAccepted().header.receiptsRoot);
    expect(() => vm.getTask('t')).toThrow(expect.objectContaining({ code: 'task_not_found' }));
    expect(() => vm.getRewardStats('p')).toThrow(expect.objectContaining({ code: 'provider_not_found' }));
    expect((await vm.healthCheck()).healthy).toBe(true);
    await vm.connected(new Uint8Array(20));
    expect((await vm.healthCheck()).details).toMatchObject({ peers: 1, store: 'memory', height: 0 });
    await vm.disconnected(new Uint8Array(20));
    expect((await vm.healthCheck()).details.peers).toBe(0);
    const handler = await vm.newHTTPHandler();
    expect(await vm.createHandlers()).toEqual(new Map([['/rpc', handler]]));
    const response = await handler(new Request('http://localhost/rpc/stats'));
    expect([response.status, await response.json()]).toMatchObject([200, { models_available: 4 }]);
  });

  it('signs for nobody unless it is told to, and looks at the fee before anything else', async () => {
    const { vm } = await openVM();
    await expect(vm.claimRewards('p')).rejects.toMatchObject({ code: 'unsigned' });
    const seen: unknown[] = [];
    const signing = new VM({
      createDevelopmentSigner: () => ({
        registerProvider: async () => undefined,
        submitTask: async (request) => void seen.push(request.id),
        submitResult: async () => undefined,
        claimRewards: async () => 12n,
      }),
    });
    await signing.initialize({ store: new MemoryStore(), genesis: testGenesis(crowd) });
    const task = { id: 't', fee: MinTxFeeFloor - 1n } as SubmitTaskRequest;
    await expect(signing.submitTask(task)).rejects.toMatchObject({ code: 'fee_too_low' });
    expect(seen).toEqual([]);
    await signing.submitTask({ ...task, fee: MinTxFeeFloor });
    expect(seen).toEqual(['t']);
    expect(await signing.claimRewards('p')).toBe('12');
    const policy = signing.feePolicy();
    expect(policy.minFee).toBe(MinTxFeeFloor);
    const wrongAsset = { assetId: ID.map(() => 1), amount: 0n };
    expect(() => policy.check(wrongAsset)).toThrow(expect.objectContaining({ code: 'fee_wrong_asset' }));
  });
});
