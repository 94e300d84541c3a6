/**
 * What a first visit of the explorer costs: bytes of script, and the time until the page shows the chain and takes input.
 *
 * npx tsx --conditions=aivm-source bench/explorer.ts [--visits N]
 */
import { createExplorerSite } from '@aivm/explorer';
import { createNode, embeddedHost, MemoryStore } from '@aivm/node';
import { developmentAccounts } from '@aivm/sdk';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../test/browser/chromium.ts';

const SCRIPT_BYTES_MAX = 150_000;
const INTERACTIVE_MS_MAX = 1_000;
const VISITS = 7;

const startNode = () =>
  createNode({
    genesis: {
      timestamp: Math.floor(Date.now() / 1_000),
      params: { development: true },
      allocations: Object.fromEntries(
        developmentAccounts().map(({ address }) => [address, '1000000000000000000']),
      ),
    },
    store: new MemoryStore(),
    host: embeddedHost({ mode: 'interval', blockTimeMs: 100 }),
    http: { port: 0, explorer: createExplorerSite() },
  });

interface Visit {
  readonly scriptBytes: number;
  readonly requests: number;
  readonly paintedMs: number;
  readonly interactiveMs: number;
}

/** One visit with nothing in the cache. Interactive: the head is shown, and the search takes letters. */
async function visit(browser: Browser, url: string): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const tab = await context.newPage();
  await tab.goto(url, { waitUntil: 'commit' });
  await tab.waitForFunction(() => /\d/.test(document.querySelector('.hero-height')?.textContent ?? ''));
  await tab.locator('input[type=search]').fill('t');
  const seen = await tab.evaluate(() => {
    const files = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const scripts = files.filter(({ name }) => name.endsWith('.js'));
    return {
      interactiveMs: performance.now(),
      paintedMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
      scriptBytes: scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      requests: files.length,
    };
  });
  await context.close();
  return seen;
}

const median = (values: readonly number[]): number =>
  [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;

const at = process.argv.indexOf('--visits');
const visits = at < 0 ? VISITS : Number(process.argv[at + 1]);
const node = await startNode();
const url = (node.http?.url ?? '').replace(/rpc$/, 'explorer/');
const browser = await launchChromium();
await visit(browser, url);
const seen: Visit[] = [];
for (let i = 0; i < visits; i++) seen.push(await visit(browser, url));
await browser.close();
await node.close();
const scriptBytes = seen[0]?.scriptBytes ?? Number.NaN;
const interactiveMs = median(seen.map((each) => each.interactiveMs));
console.log(
  `script, gzipped      ${scriptBytes.toLocaleString('en')} bytes, at most ${SCRIPT_BYTES_MAX.toLocaleString('en')}`,
);
console.log(`requests             ${seen[0]?.requests}`);
console.log(
  `first paint          ${median(seen.map((each) => each.paintedMs)).toFixed(0)} ms, median of ${visits}`,
);
console.log(`interactive          ${interactiveMs.toFixed(0)} ms, at most ${INTERACTIVE_MS_MAX}`);
if (scriptBytes > SCRIPT_BYTES_MAX || interactiveMs > INTERACTIVE_MS_MAX) process.exitCode = 1;
