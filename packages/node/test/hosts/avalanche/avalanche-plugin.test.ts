import { connect as http2Connect } from 'node:http2';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAvalanchePlugin } from '../../../src/hosts/avalanche/avalanche-plugin.ts';
import { AvalancheNode, passOn } from '../../support/avalanche-node.ts';
import { AvalancheRuntime } from '../../support/avalanche-runtime.ts';
import { GrpcChannel, int, len } from '../../support/grpc-channel.ts';
import { ANYWHERE, startTestPlugin } from '../plugin/plugin-under-test.ts';

const attach = (address: string): AvalancheNode => {
  const node = new AvalancheNode(address);
  onTestFinished(() => node.close());
  return node;
};

const start = async () => {
  const under = await startTestPlugin(startAvalanchePlugin);
  const node = attach(under.plugin.address);
  const last = await node.initialize(ANYWHERE);
  return { ...under, node, last };
};

const runtime = async (protocol?: number): Promise<AvalancheRuntime> => {
  const node = new AvalancheRuntime(protocol === undefined ? {} : { protocol });
  await node.listen();
  onTestFinished(() => node.close());
  return node;
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

describe('the handshake with an Avalanche node', () => {
  it('says where the plugin listens', async () => {
    const node = await runtime();
    const { plugin } = await startTestPlugin(startAvalanchePlugin, { engineAddress: node.address });
    expect(await node.plugin).toBe(plugin.address);
    expect(await attach(plugin.address).version()).toBe('v1.0.0');
  });

  it("ends where the node refuses its protocol, with the node's reason", async () => {
    const node = await runtime(46);
    const options = { engineAddress: node.address };
    await expect(startTestPlugin(startAvalanchePlugin, options)).rejects.toMatchObject({
      code: 'unreachable',
      detail: expect.stringMatching(/protocol 45 .*protocol version mismatch/),
    });
    const right = { ...options, protocolVersion: 46 };
    expect((await startTestPlugin(startAvalanchePlugin, right)).plugin.address).toBe(await node.plugin);
  });
});

describe('an Avalanche plugin', () => {
  it('answers Version, Shutdown and health checks before any chain, then it ends', async () => {
    const { plugin } = await startTestPlugin(startAvalanchePlugin);
    const node = attach(plugin.address);
    expect([await node.version(), await node.check()]).toEqual(['v1.0.0', 1n]);
    await node.shutdown();
    expect(await plugin.ended).toBe('shutdown');
  });

  it('refuses everything else before Initialize, and goes on', async () => {
    const { plugin } = await startTestPlugin(startAvalanchePlugin);
    const node = attach(plugin.address);
    const names = ['SetState', 'CreateHandlers', 'NewHTTPHandler', 'WaitForEvent', 'BuildBlock', 'Health'];
    for (const name of names) {
      await expect(node.vm(name, int(1, 3))).rejects.toMatchObject({ status: 9, code: 'not_initialized' });
    }
    for (const name of [
      'ParseBlock',
      'GetBlock',
      'SetPreference',
      'BlockVerify',
      'BlockAccept',
      'BlockReject',
    ]) {
      const call = node.vm(name, len(1, new Uint8Array(32)));
      await expect(call).rejects.toMatchObject({ code: 'not_initialized' });
    }
    await expect(passOn(node.channel, 'GET', '/rpc/stats')).rejects.toMatchObject({
      code: 'not_initialized',
    });
    expect(await node.version()).toBe('v1.0.0');
  });

  it('gives blocks by id, height and list, with their times, and errors as members', async () => {
    const { node, last, pay } = await start();
    expect(await node.setState(1)).toEqual(last);
    await node.setState(3);
    pay();
    const first = await node.makeBlock();
    pay();
    await node.waitForEvent();
    const second = await node.buildBlock(7);
    expect(await node.verify(second.bytes, 7)).toBe(second.seconds);
    expect(await node.verify(second.bytes)).toBe(second.seconds);
    await node.accept(second.id);
    expect([second.height, second.parent, last.seconds > 0n]).toEqual([2n, first.id, true]);
    expect((await node.getBlock(first.id))?.bytes).toEqual(first.bytes);
    expect(await node.getBlock(new Uint8Array(32).fill(5))).toBeUndefined();
    expect([await node.blockIdAt(2n), await node.blockIdAt(3n)]).toEqual([second.id, undefined]);
    expect(await node.ancestors(second.id, 2, 1 << 20)).toEqual([second.bytes, first.bytes]);
    expect((await node.parseBlocks([second.bytes, first.bytes])).map(({ id }) => id)).toEqual([
      second.id,
      first.id,
    ]);
    expect((await node.setState(3)).id).toEqual(second.id);
  });

  it('takes what nodes send for features that it has not', async () => {
    const { node } = await start();
    for (const name of ['AppRequest', 'AppRequestFailed', 'AppResponse', 'AppGossip']) {
      await node.vm(name, len(1, Buffer.alloc(20)), len(2, 'hello'), len(4, Buffer.alloc(9)));
    }
    await node.vm('Gather');
    expect((await node.vm('StateSyncEnabled')).number(2)).toBe(3n);
    expect((await node.vm('GetOngoingSyncStateSummary')).number(4)).toBe(3n);
    expect((await node.vm('GetLastStateSummary')).number(4)).toBe(3n);
    expect((await node.vm('ParseStateSummary', len(1, 'x'))).number(3)).toBe(3n);
    expect((await node.vm('GetStateSummary', int(1, 4))).number(3)).toBe(3n);
    await node.vm('Connected', len(1, Buffer.alloc(20, 1)), len(2, 'avalanchego'), int(3, 1));
    expect(await node.health()).toMatchObject({ healthy: true, peers: 1 });
    await node.vm('Disconnected', len(1, Buffer.alloc(20, 1)));
    await expect(node.vm('Elsewhere')).rejects.toMatchObject({ status: 12 });
  });

  it('serves its routes to the node over gRPC', async () => {
    const { node, plugin, pay } = await start();
    const handlers = await node.createHandlers();
    expect(handlers.get('/rpc/stats')).toBe(plugin.address);
    expect([...handlers.keys()]).toContain('/rpc/accounts/{address}');
    expect((await node.vm('NewHTTPHandler')).text(1)).toBe(plugin.address);
    // Nodes open a connection for each handler.
    const channel = new GrpcChannel(plugin.address);
    onTestFinished(() => channel.close());
    const stats = await passOn(channel, 'GET', '/ext/bc/2D/rpc/stats', { headers: { Accept: '*/*' } });
    expect([stats.code, stats.headers.get('content-type')]).toEqual([200n, 'application/json']);
    expect(JSON.parse(text(stats.body))).toHaveProperty('tasks_pending');
    const listed = await passOn(channel, 'GET', '/ext/bc/2D/rpc/blocks?limit=1');
    expect(JSON.parse(text(listed.body)).blocks).toHaveLength(1);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '4' };
    const refused = await passOn(channel, 'POST', '/ext/bc/2D/rpc/tx', {
      headers,
      body: Buffer.from('"0x"'),
    });
    expect([refused.code, JSON.parse(text(refused.body)).code]).toEqual([400n, 'malformed']);
    expect((await passOn(channel, 'GET', '/ext/bc/2D/else')).code).toBe(404n);
    expect((await passOn(channel, 'CONNECT', '/x')).code).toBe(400n);
    expect((await passOn(channel, 'GET', 'no url')).code).toBe(400n);
    const events = passOn(channel, 'GET', '/ext/bc/2D/rpc/events?after=0.4');
    pay();
    await node.makeBlock();
    expect(text((await events).body)).toMatch(/^retry: \d+\nid: 0\.4\n\n[\s\S]*id: 1\.\d+/);
  });

  it('goes on where a connection brings garbage, or a call that is no message', async () => {
    const { plugin, node, pay, height } = await start();
    const [host = '', port = ''] = plugin.address.split(':');
    for (const bytes of [
      'garbage\r\n\r\n',
      Buffer.alloc(1_000, 0xff),
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxx'),
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect({ host, port: Number(port) }, () => socket.end(bytes));
        socket.on('error', () => undefined);
        socket.resume().on('close', () => resolve());
      });
    }
    for (const body of ['ff', '00ffffffff01', '0000000002 0aff', '01000000020a00']) {
      const session = http2Connect(`http://${plugin.address}`);
      session.on('error', () => undefined);
      await new Promise<void>((resolve) => {
        const path = { ':method': 'POST', ':path': '/vm.VM/Version', 'content-type': 'application/grpc' };
        const stream = session.request(path);
        stream.on('error', () => undefined);
        stream.resume().on('close', () => resolve());
        stream.end(Buffer.from(body.replaceAll(' ', ''), 'hex'));
      });
      session.destroy();
    }
    await expect(node.verify(Buffer.alloc(1_000, 3))).rejects.toMatchObject({ code: 'malformed' });
    await expect(node.accept(new Uint8Array(5))).rejects.toMatchObject({ code: 'malformed' });
    await expect(node.setState(9)).rejects.toMatchObject({ code: 'out_of_range' });
    await expect(node.initialize(ANYWHERE)).rejects.toMatchObject({ code: 'wrong_state' });
    pay();
    await node.makeBlock();
    expect(height()).toBe(1);
  });

  it('lets one connection drive the chain, and the next one when that is lost', async () => {
    const { plugin, node, pay, log, last } = await start();
    const stranger = attach(plugin.address);
    expect([await stranger.version(), await stranger.check()]).toEqual(['v1.0.0', 1n]);
    pay();
    const block = await node.buildBlock();
    await node.verify(block.bytes);
    const calls = [
      stranger.shutdown(),
      stranger.initialize(ANYWHERE),
      stranger.buildBlock(),
      stranger.accept(block.id),
      stranger.reject(block.id),
      stranger.setPreference(last.id),
      stranger.waitForEvent(),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ status: 7, code: 'forbidden' });
    expect(log.text).toContain('a second connection wants to drive the chain');
    await node.accept(block.id);
    node.close();
    await expect.poll(() => stranger.blockIdAt(1n).catch(() => undefined)).toEqual(block.id);
  });

  it('ends waits and itself when the process that started it ends', async () => {
    let parent = 100;
    const watch = { parentPid: () => parent, everyMs: 5 };
    const orphan = await startTestPlugin(startAvalanchePlugin, { watch });
    const node = attach(orphan.plugin.address);
    await node.initialize(ANYWHERE);
    const wait = node.waitForEvent();
    wait.catch(() => undefined);
    await node.version();
    parent = 1;
    await expect(wait).rejects.toMatchObject({ code: 'not_initialized' });
    expect(await orphan.plugin.ended).toBe('node-gone');
  });
});
