import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLuxPlugin } from '../../../src/hosts/lux/lux-plugin.ts';
import { blob, Cursor, LuxNode, ZAP } from '../../support/lux-node.ts';
import { LuxRuntime } from '../../support/lux-runtime.ts';
import { ANYWHERE, startTestPlugin } from '../plugin/plugin-under-test.ts';

const attach = (address: string): LuxNode => {
  const node = new LuxNode(address);
  onTestFinished(() => node.close());
  return node;
};

const start = async () => {
  const under = await startTestPlugin(startLuxPlugin);
  const node = attach(under.plugin.address);
  const last = await node.initialize(ANYWHERE);
  return { ...under, node, last };
};

/** Sends bytes and gives what comes back until the connection is closed. */
const say = (address: string, bytes: Uint8Array): Promise<Buffer> =>
  new Promise((resolve) => {
    const [host = '', port = ''] = address.split(':');
    const chunks: Buffer[] = [];
    const socket = connect({ host, port: Number(port) }, () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });

const runtime = async (protocol?: number): Promise<LuxRuntime> => {
  const node = new LuxRuntime(protocol === undefined ? {} : { protocol });
  await node.listen();
  onTestFinished(() => node.close());
  return node;
};

describe('the handshake with a Lux node', () => {
  it('says where the plugin listens, in the bytes of the protocol', async () => {
    const node = await runtime();
    const { plugin } = await startTestPlugin(startLuxPlugin, { engineAddress: node.address });
    const text = Buffer.from(plugin.address);
    expect(node.received.toString('hex')).toBe(
      `${(4 + text.length).toString(16).padStart(8, '0')}0000002a${text.toString('hex')}`,
    );
    expect(await attach(await node.plugin).version()).toBe('v1.0.0');
  });

  it('ends where the node takes no such protocol, and says which', async () => {
    const node = await runtime(43);
    await expect(startTestPlugin(startLuxPlugin, { engineAddress: node.address })).rejects.toMatchObject({
      code: 'unreachable',
      detail: expect.stringContaining('protocol 42'),
    });
    const options = { engineAddress: node.address, protocolVersion: 43 };
    expect((await startTestPlugin(startLuxPlugin, options)).plugin.address).toBe(await node.plugin);
  });

  it('ends where nobody listens', async () => {
    const gone = await runtime();
    gone.close();
    const started = startTestPlugin(startLuxPlugin, { engineAddress: gone.address });
    await expect(started).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('a Lux plugin', () => {
  it('answers Version in the bytes of the protocol, and Shutdown, before any chain; then it ends', async () => {
    const { plugin } = await startTestPlugin(startLuxPlugin);
    const version = Buffer.from('000000040e00000001', 'hex');
    const shutdown = Buffer.from('000000040300000002', 'hex');
    const answers = await say(plugin.address, Buffer.concat([version, shutdown]));
    expect(answers.toString('hex')).toBe('0000000e8e000000010000000676312e302e30000000048300000002');
    expect(await plugin.ended).toBe('shutdown');
  });

  it('refuses everything else before Initialize, and goes on', async () => {
    const { plugin } = await startTestPlugin(startLuxPlugin);
    const node = attach(plugin.address);
    for (const type of [2, 4, 6, 7, 8, 9, 12, 13, 22, 28, 29, 30]) {
      const body = [blob(new Uint8Array(32)), Buffer.alloc(8)];
      await expect(node.call(type, ...body)).rejects.toMatchObject({ code: 'not_initialized' });
    }
    expect(await node.version()).toBe('v1.0.0');
    await node.initialize(ANYWHERE);
    expect((await node.createHandlers()).size).toBeGreaterThan(10);
  });

  it('gives the genesis block, and blocks by id, height and list', async () => {
    const { node, last, pay } = await start();
    expect([last.height, await node.blockIdAt(0n)]).toEqual([0n, last.id]);
    expect((await node.getBlock(last.id))?.bytes).toEqual(last.bytes);
    pay();
    const first = await node.makeBlock();
    pay();
    const second = await node.makeBlock();
    expect([first.height, second.height, second.parent]).toEqual([1n, 2n, first.id]);
    expect(second.unixNano % 1_000_000_000n).toBe(0n);
    expect(await node.ancestors(second.id, 10, 1 << 20)).toEqual([second.bytes, first.bytes, last.bytes]);
    expect(await node.ancestors(second.id, 2, 1 << 20)).toEqual([second.bytes, first.bytes]);
    expect(await node.ancestors(second.id, 10, 1)).toEqual([second.bytes]);
    expect(await node.ancestors(new Uint8Array(32).fill(5), 10, 1 << 20)).toEqual([]);
    const list = await node.parseBlocks([second.bytes, first.bytes]);
    expect(list.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(await node.blockIdAt(3n)).toBeUndefined();
    expect(await node.blockIdAt(2n ** 64n - 1n)).toBeUndefined();
    expect(await node.getBlock(new Uint8Array(3))).toBeUndefined();
    await node.accept(second.id);
  });

  it('takes what nodes say that changes nothing, and names its health', async () => {
    const { node } = await start();
    for (const type of [15, 19, 23, 27, 31, 40, 43, 50, 52]) expect(await node.call(type)).toHaveLength(0);
    expect(new Cursor(await node.call(ZAP.newHTTPHandler)).text()).toBe('');
    await node.call(ZAP.connected, blob(Buffer.alloc(20, 1)), blob('lux'), Buffer.alloc(12));
    expect(await node.health()).toMatchObject({ healthy: true, peers: 1 });
    await node.call(ZAP.disconnected, blob(Buffer.alloc(20, 1)));
    await node.setState(4);
    await expect(node.setState(8)).rejects.toMatchObject({ code: 'out_of_range' });
  });

  it('serves its routes to the node over plain HTTP', async () => {
    const { node } = await start();
    const handlers = await node.createHandlers();
    expect([...handlers.keys()]).toEqual(
      expect.arrayContaining(['/rpc', '/rpc/stats', '/rpc/blocks/{idOrHeight}']),
    );
    const address = handlers.get('/rpc/stats');
    expect(new Set([...handlers.values(), ...(await node.createHandlers()).values()])).toEqual(
      new Set([address]),
    );
    for (const path of ['/ext/bc/aivm/rpc/stats', '/v1/bc/2D/rpc/stats', '/rpc/stats']) {
      expect((await fetch(`http://${address}${path}`)).status).toBe(200);
    }
    const blocks = await fetch(`http://${address}/ext/bc/aivm/rpc/blocks?limit=1`);
    expect(await blocks.json()).toMatchObject({ blocks: [{ height: 0 }] });
    expect((await fetch(`http://${address}/ext/bc/aivm/elsewhere`)).status).toBe(404);
  });

  it.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /a frame of 1195725856 bytes/],
    ['an oversized frame', Buffer.from('ffffffff01', 'hex'), /a frame of 4294967295 bytes/],
    ['half a frame', Buffer.from('0000000f09000000', 'hex'), /ended within a frame/],
  ])('drops a connection that brings %s, says so, and goes on', async (_name, bytes, line) => {
    const { plugin, node, pay, log, height } = await start();
    const [host = '', port = ''] = plugin.address.split(':');
    await new Promise<void>((resolve) => {
      const socket = connect({ host, port: Number(port) }, () => socket.end(bytes));
      socket.resume().on('close', () => resolve());
    });
    await expect.poll(() => log.text).toMatch(line);
    pay();
    await node.makeBlock();
    expect(height()).toBe(1);
  });

  it('answers unknown types and broken bodies with an error, and ignores answers to nothing', async () => {
    const { node, pay, log } = await start();
    await expect(node.call(99)).rejects.toThrow('not_supported: message type 99');
    await expect(node.call(0)).rejects.toThrow('not_supported: message type 0');
    for (const type of [2, 10, 11, 12, 20, 21, 22, 28, 29, 30]) {
      await expect(node.call(type)).rejects.toMatchObject({ code: 'malformed' });
      await expect(node.call(type, Buffer.from('ffffffff', 'hex'))).rejects.toMatchObject({
        code: expect.stringMatching(/malformed|out_of_range/),
      });
    }
    node.socket.write(Buffer.from('000000048e00000001', 'hex'));
    await expect.poll(() => log.text).toContain('an answer to nothing that was asked');
    await expect(node.verify(Buffer.alloc(1_000, 3))).rejects.toMatchObject({ code: 'malformed' });
    await expect(node.initialize(ANYWHERE)).rejects.toMatchObject({ code: 'wrong_state' });
    pay();
    expect((await node.makeBlock()).height).toBe(1n);
  });

  it('lets one connection drive the chain: another one may ask for the version', async () => {
    const { plugin, node, pay, log, last } = await start();
    const stranger = attach(plugin.address);
    expect(await stranger.version()).toBe('v1.0.0');
    pay();
    const block = await node.buildBlock();
    await node.verify(block.bytes);
    const calls = [
      stranger.shutdown(),
      stranger.initialize(ANYWHERE),
      stranger.buildBlock(),
      stranger.verify(block.bytes),
      stranger.accept(block.id),
      stranger.reject(block.id),
      stranger.setPreference(last.id),
      stranger.setState(7),
      stranger.waitForEvent(),
      stranger.createHandlers(),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'forbidden' });
    expect(log.text).toContain('a second connection wants to drive the chain');
    stranger.close();
    await node.accept(block.id);
    expect(await node.blockIdAt(1n)).toEqual(block.id);
  });

  it('lets another one drive after an Initialize that failed', async () => {
    const { plugin } = await startTestPlugin(startLuxPlugin);
    const [first, second] = [attach(plugin.address), attach(plugin.address)];
    await expect(first.initialize({ ...ANYWHERE, config: '{"http":{"port":-1}}' })).rejects.toMatchObject({
      code: 'config_refused',
    });
    await expect(first.initialize({ ...ANYWHERE, config: 'no JSON' })).rejects.toMatchObject({
      code: 'config_refused',
    });
    expect((await second.initialize(ANYWHERE)).height).toBe(0n);
  });

  it('ends when the connection that drives it is lost, and when the process that started it ends', async () => {
    const { plugin, node, log } = await start();
    node.close();
    expect(await plugin.ended).toBe('node-gone');
    expect(log.text).toContain('its node is gone');
    let parent = 100;
    const watch = { parentPid: () => parent, everyMs: 5 };
    const orphan = await startTestPlugin(startLuxPlugin, { watch });
    parent = 1;
    expect(await orphan.plugin.ended).toBe('node-gone');
  });

  it('answers at most 1,024 requests at once', async () => {
    const { node, pay } = await start();
    const waits = Array.from({ length: 1_100 }, () => node.waitForEvent());
    const refused = waits.slice(1_024).map((wait) => wait.catch((error: Error) => error.message));
    expect(await Promise.all(refused)).toEqual(Array(76).fill(expect.stringMatching(/^rate_limited/)));
    pay();
    expect(await Promise.all(waits.slice(0, 1_024))).toEqual(Array(1_024).fill(1));
    expect((await node.makeBlock()).height).toBe(1n);
  });
});
