import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { readTask, readTaskOutput } from '@aivm/core/state';
import { createNode, embeddedHost, MemoryStore, type Node } from '@aivm/node';
import { createClient, createSender, developmentAccounts, type Wallet } from '@aivm/sdk';
import { createInt8Backend, createSdkNode, createSdkSender, runProvider } from '@aivm/worker';
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bundlePage,
  CHROMIUM,
  codeOf,
  hasChromium,
  launchChromium,
  PAGE_HOST,
  packagesOf,
} from './chromium.ts';
import type { Page } from './page.ts';

const BLOCK_TIME_MS = 50;
const WINDOW_BLOCKS = 10;
/** What the bundle may grow to before somebody has to look, compressed. */
const GZIP_BYTES_MAX = 130_000;

/** A sample of the data set and the answer that is known for it. */
async function readSample(row: number): Promise<{ readonly input: readonly number[]; readonly y0: number }> {
  const url = new URL('../../packages/cli/data/wdbc.rows.csv', import.meta.url);
  const line = (await readFile(url, 'utf8')).split('\n')[row + 1] as string;
  const cells = line.split(',').map(Number);
  return { input: cells.slice(0, 32), y0: cells[33] as number };
}

const startNode = (): Promise<Node> =>
  createNode({
    genesis: {
      version: 1,
      timestamp: Math.floor(Date.now() / 1_000),
      config: { challengeWindowBlocks: WINDOW_BLOCKS, taskTimeout: `${WINDOW_BLOCKS * BLOCK_TIME_MS}ms` },
      params: { minBlockIntervalMs: BLOCK_TIME_MS, development: true },
      allocations: Object.fromEntries(
        developmentAccounts().map(({ address }) => [address, (10n ** 24n).toString()]),
      ),
    },
    store: new MemoryStore(),
    host: embeddedHost({ mode: 'interval', blockTimeMs: BLOCK_TIME_MS }),
    http: { port: 0, limits: { requestsPerSecond: 0 } },
    hasDevelopmentAccounts: true,
  });

const urlOf = (node: Node): string => node.http?.url as string;

/** Registers a provider and answers tasks until it is stopped. */
function startProvider(node: Node, signal: AbortSignal): Promise<void> {
  const wallet = developmentAccounts()[1] as Wallet;
  const client = createClient({ url: urlOf(node) });
  return runProvider(
    { id: 'p-1', wallet: wallet.addressBytes, endpoint: '', gpus: [], models: [], pollMs: BLOCK_TIME_MS },
    {
      node: createSdkNode(client),
      sender: createSdkSender(createSender({ client, wallet })),
      backend: createInt8Backend({ nowMs: () => performance.now() }),
    },
    signal,
  );
}

/** Serves the page and its script, and lets the page reach the node and nothing else. */
async function servePage(script: Uint8Array, nodeUrl: string): Promise<Server> {
  const policy = `default-src 'none'; script-src 'self'; connect-src ${new URL(nodeUrl).origin}`;
  const html = '<!doctype html><title>AIVM</title><script type="module" src="/page.js"></script>';
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    response.writeHead(isScript || url === '/' ? 200 : 404, {
      'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8',
      'content-security-policy': policy,
    });
    response.end(isScript ? script : html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('the bundle of the SDK', () => {
  it('needs nothing that only Node has, and nothing of the other packages', async () => {
    const bundle = await bundlePage('page.ts');
    const inputs = Object.keys(bundle.metafile.inputs);
    const [output] = Object.values(bundle.metafile.outputs);
    expect(packagesOf(bundle)).toEqual(['core', 'sdk']);
    expect(inputs.filter((path) => /^node:|browser-external/.test(path))).toEqual([]);
    expect(output?.imports).toEqual([]);
    const bytes = codeOf(bundle).length;
    const gzipBytes = gzipSync(codeOf(bundle)).length;
    console.log(`browser bundle: ${bytes} bytes minified, ${gzipBytes} gzipped`);
    expect(gzipBytes).toBeLessThan(GZIP_BYTES_MAX);
  });
});

describe.skipIf(!hasChromium)(`a page in ${CHROMIUM}`, () => {
  const stop = new AbortController();
  const failures: string[] = [];
  let node: Node;
  let provider: Promise<void>;
  let server: Server;
  let browser: Browser;
  let context: BrowserContext;
  let tab: Tab;

  beforeAll(async () => {
    node = await startNode();
    provider = startProvider(node, stop.signal);
    server = await servePage(codeOf(await bundlePage('page.ts')), urlOf(node));
    browser = await launchChromium();
    context = await browser.newContext();
    tab = await context.newPage();
    tab.on('pageerror', (error) => failures.push(String(error)));
    await tab.goto(`http://${PAGE_HOST}:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction(() => 'page' in globalThis);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    stop.abort();
    await provider;
    await node?.close();
  }, 60_000);

  /** Calls what the page offers, inside the page. */
  const inPage = <N extends keyof Page>(
    tab: Tab,
    name: N,
    ...parameters: Parameters<Page[N]>
  ): Promise<Awaited<ReturnType<Page[N]>>> =>
    tab.evaluate(
      ([method, values]) => {
        const { page } = globalThis as unknown as { page: Record<string, (...values: unknown[]) => unknown> };
        return page[method]?.(...values);
      },
      [name as string, parameters as readonly unknown[]] as const,
    ) as Promise<Awaited<ReturnType<Page[N]>>>;

  it('makes a wallet, sends a task, follows it and verifies its receipt without a network', async () => {
    const { input, y0 } = await readSample(0);
    const [funder] = developmentAccounts() as readonly [Wallet];
    const order = {
      url: urlOf(node),
      funderKey: bytesToHex(funder.exportPrivateKey()),
      allowance: (10n ** 18n).toString(),
      taskId: 'from-a-page',
      fee: (2n ** 53n + 1n).toString(),
      input,
    };
    const story = await inPage(tab, 'runTask', order);
    expect(story).toMatchObject({ status: 'completed', settlement: 'final', output: [y0], fee: order.fee });
    expect(story.importedAddress).toBe(story.address);
    expect(story.settlements.slice(-2)).toEqual(['posted', 'final']);

    // What the page says is what the chain has.
    const sent = node.api.getTransactionBody(hexToBytes(story.transactionId));
    expect(`0x${bytesToHex(sent?.sender as Uint8Array)}`).toBe(story.address.toLowerCase());
    const task = readTask(node.api.state(), order.taskId);
    expect(task).toMatchObject({ fee: BigInt(order.fee), requester: sent?.sender });
    expect(readTaskOutput(node.api.state(), order.taskId)).toEqual(Uint8Array.of(y0 & 0xff));

    const { height } = (JSON.parse(story.receiptText) as { header: { height: number } }).header;
    const trusted = bytesToHex(node.api.blocks.getBlockId(height) as Uint8Array);
    await context.setOffline(true);
    try {
      await expect(inPage(tab, 'postUnsigned', order.url, 'text/plain')).rejects.toThrow(/fetch/);
      const check = await inPage(tab, 'checkReceipt', story.receiptText, trusted);
      expect(check).toMatchObject({ isValid: true, blockId: trusted, height, jobId: order.taskId });
      expect(check.outputHash).toBe(bytesToHex(task?.outputHash as Uint8Array));
      expect(check.bytesFlipped).toBe(story.receiptText.length);
      expect(check.flipsTaken).toEqual([]);
    } finally {
      await context.setOffline(false);
    }
    expect(failures).toEqual([]);
  }, 120_000);

  it.each([
    ['after asking the node', 'application/json'],
    ['without asking', 'text/plain'],
  ])('cannot have an unsigned task signed for it, %s', async (_, contentType) => {
    expect(await inPage(tab, 'postUnsigned', urlOf(node), contentType)).toEqual({
      status: 403,
      code: 'forbidden',
    });
    expect(readTask(node.api.state(), 'unsigned')).toBeUndefined();
  });

  it('can where this machine itself served it', async () => {
    const own = await context.newPage();
    const { port } = server.address() as AddressInfo;
    await own.goto(`http://127.0.0.1:${port}/`);
    await own.waitForFunction(() => 'page' in globalThis);
    expect(await inPage(own, 'postUnsigned', urlOf(node), 'application/json')).toMatchObject({ status: 200 });
    expect(readTask(node.api.state(), 'unsigned')).toBeDefined();
  });
});
