import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AbciHost } from '../../../src/hosts/abci/abci-host.ts';
import { ResponsePrepareProposalSchema } from '../../../src/hosts/abci/generated/abci_pb.ts';
import { openNode } from '../../../src/local/open-node.ts';
import type { Log, LogFields } from '../../../src/log.ts';
import { EngineConnection, socketTo, TestEngine } from '../../support/abci-engine.ts';
import {
  people,
  TEST_TIMESTAMP,
  type TestAccount,
  testGenesis,
  transfer,
} from '../../support/test-genesis.ts';
import { KeptStore } from '../host-compliance.ts';

const [alice, bob, poor] = people(3) as [TestAccount, TestAccount, TestAccount];
const genesis = testGenesis([alice, bob]);
// Signs for this chain, and has nothing.
poor.genesisHash = alice.genesisHash;
const pay = (nonce: number, person = alice): Uint8Array =>
  person.sign(transfer(bob.address), BigInt(nonce)).bytes;
const at = (height: number): number => TEST_TIMESTAMP + 10 * height;

/** A machine with an application on it; an engine comes and goes. */
class Machine {
  readonly store = new KeptStore();
  readonly log: { level: string; message: string; fields: LogFields }[] = [];
  #stop: () => Promise<void> = async () => undefined;
  host!: AbciHost;
  node!: Awaited<ReturnType<typeof openNode>>['node'];

  async start(listen = 'tcp://127.0.0.1:0'): Promise<TestEngine> {
    const write = (level: string) => (fields: LogFields, message: string) => {
      this.log.push({ level, message, fields });
    };
    const log: Log = {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    };
    const { node } = await openNode({ store: this.store, genesis });
    const host = new AbciHost({ listen }, { port: node.port, log });
    await host.start();
    this.host = host;
    this.node = node;
    this.#stop = async () => {
      this.#stop = async () => undefined;
      await host.stop();
    };
    return this.connect();
  }

  connect(): TestEngine {
    const engine = new TestEngine(this.host.address);
    onTestFinished(() => engine.close());
    return engine;
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  tip(): { height: number; hash: string } {
    const { id, header } = this.node.lastAccepted();
    return { height: header.height, hash: bytesToHex(id) };
  }

  lines(level: string): string {
    return JSON.stringify(this.log.filter((line) => line.level === level));
  }
}

const machine = async (): Promise<{ own: Machine; engine: TestEngine }> => {
  const own = new Machine();
  onTestFinished(() => own.stop());
  const engine = await own.start();
  await engine.handshake(TEST_TIMESTAMP);
  return { own, engine };
};

describe('an application under an engine that fails', () => {
  it('forgets a block that was finalized and not committed, and gives the same when it is decided again', async () => {
    const { own, engine } = await machine();
    await engine.decide(1, at(1), [pay(0)]);
    const first = await engine.finalize(2, at(2), [pay(1)]);
    await own.stop();
    const again = await own.start();
    const { lastBlockHeight, lastBlockAppHash } = await again.info();
    expect([lastBlockHeight, bytesToHex(lastBlockAppHash)]).toEqual([1n, own.tip().hash]);
    const second = await again.finalize(2, at(2), [pay(1)]);
    expect(second.appHash).toEqual(first.appHash);
    expect(second.txResults).toEqual(first.txResults);
    await again.commit();
    expect(own.tip()).toEqual({ height: 2, hash: bytesToHex(first.appHash) });
  });

  it('replays for an engine that alone was killed, and keeps what was durable', async () => {
    const { own, engine } = await machine();
    await engine.finalize(1, at(1), [pay(0)]);
    engine.close();
    const second = own.connect();
    expect(await second.handshake(TEST_TIMESTAMP)).toBe(0n);
    const { appHash } = await second.finalize(1, at(1), [pay(0)]);
    // Killed before it read the answer.
    void second.commit().catch(() => undefined);
    await new Promise((resolve) => second.consensus.socket.write('', () => resolve(undefined)));
    await expect.poll(() => own.tip().height).toBe(1);
    second.close();
    const third = own.connect();
    const info = await third.info();
    expect([info.lastBlockHeight, bytesToHex(info.lastBlockAppHash)]).toEqual([1n, bytesToHex(appHash)]);
    expect((await third.decide(2, at(2), [pay(1)])).txResults.map(({ code }) => code)).toEqual([0]);
  });

  it('answers Info and InitChain as often as they come, and InitChain only before the first block', async () => {
    const { own, engine } = await machine();
    const [left, right] = [await engine.initChain(TEST_TIMESTAMP), await engine.initChain(TEST_TIMESTAMP)];
    expect(left).toEqual(right);
    expect(bytesToHex(left.appHash)).toBe(own.tip().hash);
    expect(await engine.info()).toEqual(await engine.info());
    await engine.decide(1, at(1), []);
    await expect(engine.initChain(TEST_TIMESTAMP)).rejects.toThrow('this node is at height 1');
    expect(own.tip().height).toBe(1);
  });

  it.each([
    [3, 'whose next block is 2'],
    [1, 'whose next block is 2'],
    [0, 'whose next block is 2'],
  ])('refuses height %i after block 1', async (height, text) => {
    const { own, engine } = await machine();
    await engine.decide(1, at(1), []);
    const { hash } = own.tip();
    await expect(engine.finalize(height, at(2), [pay(0)])).rejects.toThrow(text);
    expect(own.tip()).toEqual({ height: 1, hash });
    expect(own.lines('error')).toContain(text);
  });

  it('refuses a commit of nothing, and a second one', async () => {
    const { own, engine } = await machine();
    await engine.decide(1, at(1), []);
    await expect(engine.commit()).rejects.toThrow('no block was finalized');
    expect(own.tip().height).toBe(1);
  });

  it('refuses what comes before InitChain, another protocol, and another genesis', async () => {
    const own = new Machine();
    onTestFinished(() => own.stop());
    const early = await own.start();
    await expect(early.finalize(1, at(1), [])).rejects.toThrow('finalizeBlock: before InitChain');
    const old = new EngineConnection(own.host.address);
    const version = { version: '0.34.24', abciVersion: '0.17.0' };
    await expect(old.call('info', version)).rejects.toThrow('run CometBFT v0.38');
    early.close();
    old.close();
    const begin = async (fields: object, seconds = TEST_TIMESTAMP): Promise<void> => {
      const engine = own.connect();
      await engine.initChain(seconds, fields).finally(() => engine.close());
    };
    const appState = (id: string) => ({
      appStateBytes: new TextEncoder().encode(JSON.stringify({ aivm_genesis_block: id })),
    });
    await expect(begin({ initialHeight: 5n })).rejects.toThrow('initial_height: 5');
    await expect(begin({}, TEST_TIMESTAMP - 1)).rejects.toThrow('genesis_time');
    await expect(begin(appState('0x00'))).rejects.toThrow('but this node');
    await expect(begin({ appStateBytes: Uint8Array.of(0x7b) })).rejects.toThrow('no JSON');
    await begin(appState(`0x${own.tip().hash}`));
    for (const text of ['before InitChain', '0.17.0', 'initial_height', 'aivm_genesis_block']) {
      expect(own.lines('error')).toContain(text);
    }
  });

  it('lets one connection order blocks, and the next one when that is gone', async () => {
    const { own, engine } = await machine();
    await expect(own.connect().finalize(1, at(1), [])).rejects.toThrow('another connection orders');
    await engine.decide(1, at(1), []);
    engine.close();
    const next = own.connect();
    await expect.poll(() => own.host.health().details.engine_connected).toBe(false);
    await next.decide(2, at(2), []);
    expect(own.tip().height).toBe(2);
  });
});

describe('an application under bytes that are no requests', () => {
  it.each([
    ['a frame that is too long', 'ffffffff7f', 'at most'],
    ['bytes that are no message', '03ffffff', 'is no request'],
    ['a request of an unknown kind', '03f20600', 'unknown kind'],
    ['an empty request', '00', 'unknown kind'],
    ['text', bytesToHex(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'.padEnd(80))), 'is no request'],
  ])('closes the connection and goes on: %s', async (_, hex, text) => {
    const { own, engine } = await machine();
    const socket = socketTo(own.host.address);
    const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined));
    socket.resume().write(hexToBytes(hex));
    await closed;
    expect(own.lines('error')).toContain(text);
    expect((await engine.decide(1, at(1), [pay(0)])).txResults).toHaveLength(1);
  });

  it('says of a half frame that it is one', async () => {
    const { own, engine } = await machine();
    const socket = socketTo(own.host.address);
    socket.end(hexToBytes('0a0102'));
    await new Promise((resolve) => socket.resume().on('close', resolve));
    await expect.poll(() => own.lines('warn')).toContain('2 of 10 bytes of a frame');
    await engine.decide(1, at(1), []);
  });

  it('bounds its connections', async () => {
    const { own, engine } = await machine();
    const sockets = Array.from({ length: 20 }, () => socketTo(own.host.address));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (const socket of sockets) socket.on('error', () => undefined);
    await expect.poll(() => own.lines('warn')).toContain('a connection too many');
    await engine.decide(1, at(1), []);
  });
});

describe('blocks of an engine', () => {
  it('gives each entry one result, in order, and executes what it can', async () => {
    const { own, engine } = await machine();
    const list = [pay(0), Uint8Array.of(1, 2), pay(0), pay(7), pay(0, poor), pay(0, bob)];
    const { txResults, appHash } = await engine.finalize(1, at(1), list);
    expect(txResults.map(({ code, info }) => [code, info])).toEqual([
      [0, ''],
      [3, 'malformed'],
      [2, 'nonce_too_low'],
      [2, 'wrong_state'],
      [2, 'insufficient_balance'],
      [0, ''],
    ]);
    await engine.commit();
    expect(own.tip()).toEqual({ height: 1, hash: bytesToHex(appHash) });
    const block = own.node.blocks.getBlock(1)?.block;
    expect(block?.transactions).toHaveLength(2);
    expect(block?.header.timestamp).toBe(at(1));
  });

  it('refuses proposals with what no honest node proposes', async () => {
    const { own, engine } = await machine();
    expect(await engine.process(1, at(1), [pay(0)])).toBe(true);
    expect(await engine.process(1, at(1), [Uint8Array.of(9)])).toBe(false);
    expect(await engine.process(1, at(1), [pay(0), pay(0)])).toBe(false);
    expect(await engine.process(1, at(1), [pay(3)])).toBe(false);
    expect(await engine.process(1, TEST_TIMESTAMP - 5, [])).toBe(false);
    expect(await engine.process(1, at(1), [])).toBe(true);
    expect(own.lines('warn')).toContain('a proposal is refused');
    expect(own.tip().height).toBe(0);
  });

  it('proposes what it was offered and what its pool holds, within max_tx_bytes', async () => {
    const { own, engine } = await machine();
    own.node.submitTransaction(pay(0, bob));
    const offered = Array.from({ length: 5 }, (_, nonce) => pay(nonce));
    const all = await engine.prepare(1, at(1), [...offered, Uint8Array.of(1)]);
    expect(all.txs).toHaveLength(6);
    // What the engine counts is what they take of its own message.
    const counted = create(ResponsePrepareProposalSchema, { txs: offered.slice(0, 3) });
    const three = BigInt(toBinary(ResponsePrepareProposalSchema, counted).length);
    expect((await engine.prepare(1, at(1), offered, three)).txs).toHaveLength(3);
    expect((await engine.prepare(1, at(1), offered, three - 1n)).txs).toHaveLength(2);
    expect((await engine.prepare(1, at(1), offered, 0n)).txs).toEqual([]);
    expect(await engine.process(1, at(1), all.txs)).toBe(true);
  });

  it('checks transactions as the pool does, and knows those that it has', async () => {
    const { own, engine } = await machine();
    expect(await engine.checkTx(pay(0))).toMatchObject({ code: 0 });
    expect(await engine.checkTx(pay(0))).toMatchObject({ code: 0 });
    expect(own.node.getTransaction(alice.sign(transfer(bob.address), 0n).id)).toEqual({ state: 'pending' });
    expect(await engine.checkTx(Uint8Array.of(3))).toMatchObject({ code: 1, info: 'malformed' });
    expect(await engine.checkTx(pay(0, poor))).toMatchObject({ code: 1, info: 'insufficient_balance' });
    await engine.decide(1, at(1), []);
    expect(await engine.checkTx(pay(0))).toMatchObject({ code: 1, info: 'nonce_too_low' });
  });

  it('answers what is asked beside blocks', async () => {
    const { engine } = await machine();
    expect(await engine.query.call('echo', { message: 'hello' })).toMatchObject({ message: 'hello' });
    expect(await engine.query.call('query', { path: '/x' })).toMatchObject({ code: 1 });
    expect((await engine.query.call('query', { path: '/state', data: Uint8Array.of(1) })).code).toBe(0);
    const vote = { height: 1n, voteExtension: Uint8Array.of(1) };
    expect(await engine.consensus.call('verifyVoteExtension', vote)).toMatchObject({ status: 2 });
    expect((await engine.consensus.call('extendVote', { height: 1n })).voteExtension).toHaveLength(0);
  });

  it('listens on a unix socket that a killed process left behind', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aivm-abci-'));
    const listen = `unix://${join(directory, 'app.sock')}`;
    const own = new Machine();
    onTestFinished(async () => {
      await own.stop();
      await rm(directory, { recursive: true, force: true });
    });
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(directory, 'app.sock'), '');
    const engine = await own.start(listen);
    await engine.handshake(TEST_TIMESTAMP);
    await engine.decide(1, at(1), []);
    expect(own.host.address).toBe(listen);
  });
});
