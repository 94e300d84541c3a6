import { bytesToHex } from '@aivm/core/bytes';
import { stateKeys } from '@aivm/core/state';
import { addressToText, developmentAccounts } from '@aivm/sdk';
import { expect, it, onTestFinished } from 'vitest';
import { followerHost } from '../../../src/hosts/follower/follower-host.ts';
import { createNode } from '../../../src/node.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { QUICK_GENESIS, startScenario } from '../../http/scenario.ts';
import { developmentGenesis } from '../../http/test-node.ts';

/** Every read whose answer follows from the chain, and not from the node that gives it. */
const readsOf = (blockId: string, hash: string): readonly string[] => [
  ...['/providers', '/providers/p-1', '/providers/p-1/work?after=0', '/rewards/stats?provider_id=p-1'],
  ...['/tasks', '/tasks?id=t-1', '/tasks?id=t-2', '/tasks?limit=2', '/tasks?status=completed&limit=3'],
  ...['/tasks?model=wdbc-int8&provider=p-1', '/tasks/t-1/moves', '/models', '/stats', '/merkle', '/epochs'],
  ...['/blocks', '/blocks?from=3&limit=2', '/blocks/0', '/blocks/latest', `/blocks/${blockId}`],
  ...['/blocks/1/bytes?count=100', '/blocks/0/bytes', `/tx/${hash}`, '/anchors', '/disputes'],
  ...['/receipts/0', '/receipts/0/proof', '/receipts/0/proof?anchor=latest'],
  ...[stateKeys.chain(), stateKeys.task('t-1'), stateKeys.task('nobody')].map(
    (key) => `/state/0x${bytesToHex(key)}/proof`,
  ),
  ...developmentAccounts().map(({ addressBytes }) => `/accounts/${addressToText(addressBytes)}`),
  ...['/tasks?id=nobody', '/blocks/99', '/receipts/9', '/openapi.json'],
];

it('a follower serves every read with the bytes of its source', async () => {
  const { node, server } = await startScenario();
  const follower = await createNode({
    genesis: developmentGenesis(QUICK_GENESIS),
    store: new MemoryStore(),
    host: followerHost({ sources: [server.url] }),
    http: { port: 0, limits: { requestsPerSecond: 0 } },
    blobBytesMax: 0,
  });
  onTestFinished(() => follower.close());
  const { id, header } = node.lastAccepted();
  await expect.poll(() => follower.api.lastAccepted().header.height, { timeout: 20_000 }).toBe(header.height);
  const accepted =
    node.blocks.getBlock(header.height - 1)?.block.transactions[0] ??
    node.blocks.getBlock(1)?.block.transactions[0];
  const read = async (url: string, path: string): Promise<readonly [number, string]> => {
    const answer = await fetch(url + path);
    return [answer.status, await answer.text()];
  };
  const paths = readsOf(`0x${bytesToHex(id)}`, bytesToHex(accepted?.id ?? id));
  for (const path of paths) {
    const expected = await read(server.url, path);
    expect(await read(follower.http?.url ?? '', path), path).toEqual(expected);
  }
  const statuses = await Promise.all(paths.map(async (path) => (await fetch(server.url + path)).status));
  expect(statuses.filter((status) => status === 200).length).toBe(paths.length - 3);
  const events = async (url: string): Promise<string> => {
    const answer = await fetch(`${url}/events?after=0.0`);
    const reader = answer.body?.getReader();
    let text = '';
    while (!text.includes('t-3')) text += new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    return text.slice(0, text.indexOf('t-3'));
  };
  expect(await events(follower.http?.url ?? '')).toBe(await events(server.url));
});
