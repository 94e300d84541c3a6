import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient } from '../src/connection.ts';

const server = createServer((request, response) => response.end(JSON.stringify({ path: request.url })));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('--node', () => {
  it.each([
    'localhost:PORT',
    '127.0.0.1:PORT',
    'http://127.0.0.1:PORT',
    '127.0.0.1:PORT/rpc',
    'HTTP://127.0.0.1:PORT/',
  ])('takes %s', async (text) => {
    const port = String((server.address() as AddressInfo).port);
    const client = await openClient({ node: text.replace('PORT', port) });
    expect(client.url).toMatch(new RegExp(`^http://(localhost|127\\.0\\.0\\.1):${port}/rpc$`));
  });

  it.each(['', 'nonsense', 'ftp://127.0.0.1', 'http://', 'a b'])('refuses "%s"', async (node) => {
    await expect(openClient({ node })).rejects.toThrow(/url: expected an address/);
  });
});
