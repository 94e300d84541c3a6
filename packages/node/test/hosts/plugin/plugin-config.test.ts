import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLuxPlugin } from '../../../src/hosts/lux/lux-plugin.ts';
import { parsePluginConfig } from '../../../src/hosts/plugin/plugin-config.ts';
import { LuxNode } from '../../support/lux-node.ts';
import { ANYWHERE, startTestPlugin } from './plugin-under-test.ts';

const parse = (text: string) => parsePluginConfig(new Uint8Array(Buffer.from(text, 'latin1')));

describe("a chain's configuration", () => {
  it('names where HTTP listens, and leaves the rest to the chain', () => {
    expect(parse('')).toEqual({});
    expect(parse('{}')).toEqual({ http: undefined, chain: undefined });
    expect(parse('{"http": {"port": 9650}}').http).toEqual({ port: 9_650, host: '127.0.0.1' });
    expect(parse('{"http": {"port": 0, "host": "::1"}, "taskTimeout": "9s"}')).toEqual({
      http: { port: 0, host: '::1' },
      chain: { taskTimeout: '9s' },
    });
  });

  it.each([
    ['no JSON', '{', /config_refused/],
    ['no object', '[]', /expected a JSON object/],
    ['no UTF-8', '\xff', /not UTF-8/],
    ['a port too high', '{"http": {"port": 65536}}', /http.port: expected an integer 0…65535, got 65536/],
    ['no port', '{"http": {}}', /http.port/],
    ['no place', '{"http": 9650}', /http: expected an object/],
    ['an unknown member', '{"http": {"port": 1, "tls": true}}', /http.tls: not known/],
    ['no host', '{"http": {"port": 1, "host": ""}}', /http.host/],
  ])('is refused: %s', (_name, text, why) => {
    expect(() => parse(text)).toThrow(why);
  });

  it('lets the whole interface listen beside the node, and the chain start where the port is taken', async () => {
    const open = async (port: number) => {
      const under = await startTestPlugin(startLuxPlugin);
      const node = new LuxNode(under.plugin.address);
      onTestFinished(() => node.close());
      await node.initialize({ ...ANYWHERE, config: JSON.stringify({ http: { port } }) });
      return { ...under, node };
    };
    const { log, node, plugin } = await open(0);
    const url = /serves HTTP url=(\S+)/.exec(log.text)?.[1] ?? '';
    expect((await fetch(`${url}/blocks/latest`)).status).toBe(200);
    await node.shutdown();
    await plugin.ended;
    await expect(fetch(`${url}/blocks/latest`)).rejects.toThrow();
    const other = createServer();
    onTestFinished(() => void other.close());
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', () => resolve()));
    const { port } = other.address() as { port: number };
    const beside = await open(port);
    expect(beside.log.text).toMatch(/no HTTP of its own .*port_in_use/);
    beside.pay();
    expect((await beside.node.makeBlock()).height).toBe(1n);
  });
});
