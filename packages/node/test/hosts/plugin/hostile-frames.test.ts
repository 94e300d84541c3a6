import { connect as http2Connect } from 'node:http2';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAvalanchePlugin } from '../../../src/hosts/avalanche/avalanche-plugin.ts';
import { startLuxPlugin } from '../../../src/hosts/lux/lux-plugin.ts';
import { AvalancheNode } from '../../support/avalanche-node.ts';
import { LuxNode } from '../../support/lux-node.ts';
import { ANYWHERE, startTestPlugin } from './plugin-under-test.ts';

const RUNS = 60;
const TYPES = [...Array(32).keys(), 40, 43, 50, 52, 99, 0x8e, 0xce];
const METHODS = [
  'SetState',
  'CreateHandlers',
  'Connected',
  'BuildBlock',
  'ParseBlock',
  'GetBlock',
  'SetPreference',
  'GetAncestors',
  'BatchedParseBlock',
  'GetBlockIDAtHeight',
  'BlockVerify',
  'BlockAccept',
  'BlockReject',
  'Version',
];
/** Bodies that are nearly right: lengths and numbers of their own, in any order. */
const bodies = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.constantFrom(0, 1, 32, 0x7fff_ffff, 0xffff_ffff).map((value) => {
        const bytes = new Uint8Array(4);
        new DataView(bytes.buffer).setUint32(0, value);
        return bytes;
      }),
      fc.constant(new Uint8Array(32)),
    ),
    { maxLength: 5 },
  )
  .map((parts) => Buffer.concat(parts));

/** Opens a connection, sends bytes in pieces, and closes it. */
const send = (address: string, pieces: readonly Uint8Array[]): Promise<void> =>
  new Promise((resolve) => {
    const [host = '', port = ''] = address.split(':');
    const socket = connect({ host, port: Number(port) }, () => {
      for (const piece of pieces) socket.write(piece);
      socket.end();
    });
    socket.on('error', () => undefined);
    socket.resume().on('close', () => resolve());
  });

const frameOf = (type: number, body: Uint8Array): Uint8Array => {
  const frame = Buffer.alloc(9 + body.length);
  frame.writeUInt32BE(4 + body.length);
  frame.writeUInt8(type, 4);
  frame.writeUInt32BE(7, 5);
  frame.set(body, 9);
  return frame;
};

describe('random bytes at a plugin', () => {
  it('of a Lux node halt no chain, from strangers and from the node itself', async () => {
    const { plugin, pay } = await startTestPlugin(startLuxPlugin);
    const node = new LuxNode(plugin.address);
    onTestFinished(() => node.close());
    await node.initialize(ANYWHERE);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), (pieces) =>
        send(plugin.address, pieces),
      ),
      { numRuns: RUNS },
    );
    pay();
    const kept = await node.makeBlock();
    // Shutdown is the one thing that a node may say to end it, and a wait has no answer yet.
    const types = TYPES.filter((type) => ![3, 6].includes(type) && type < 0x80);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...types), bodies, async (type, body) => {
        await send(plugin.address, [frameOf(type, body)]);
        await node.call(type, body).catch(() => undefined);
      }),
      { numRuns: 4 * RUNS },
    );
    expect(await node.blockIdAt(1n)).toEqual(kept.id);
    pay();
    expect((await node.makeBlock()).height).toBe(2n);
  });

  it('of an Avalanche node halt no chain, from strangers and from the node itself', async () => {
    const { plugin, pay } = await startTestPlugin(startAvalanchePlugin);
    const node = new AvalancheNode(plugin.address);
    onTestFinished(() => node.close());
    await node.initialize(ANYWHERE);
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }),
        (isHttp2, pieces) => send(plugin.address, isHttp2 ? [preface, ...pieces] : pieces),
      ),
      { numRuns: RUNS },
    );
    pay();
    const kept = await node.makeBlock();
    const stranger = http2Connect(`http://${plugin.address}`);
    stranger.on('error', () => undefined);
    onTestFinished(() => stranger.destroy());
    const call = (method: string, body: Uint8Array): Promise<void> =>
      new Promise((resolve) => {
        const headers = {
          ':method': 'POST',
          ':path': `/vm.VM/${method}`,
          'content-type': 'application/grpc',
        };
        const stream = stranger.request(headers);
        stream.on('error', () => undefined);
        stream.resume().on('close', () => resolve());
        stream.end(body);
      });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...METHODS), bodies, async (method, body) => {
        await call(method, body);
        await node.vm(method, body).catch(() => undefined);
      }),
      { numRuns: 3 * RUNS },
    );
    expect(await node.blockIdAt(1n)).toEqual(kept.id);
    pay();
    expect((await node.makeBlock()).height).toBe(2n);
  });
});
