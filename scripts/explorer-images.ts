/**
 * Takes the screenshots in docs/images of a chain on which two liars are convicted. Needs Chromium.
 *
 * npm run docs:images
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../test/browser/chromium.ts';
import { createExplorerWorld, type ExplorerWorld } from '../test/browser/explorer-world.ts';

const OUT = fileURLToPath(new URL('../docs/images/', import.meta.url));

interface Shot {
  readonly name: string;
  readonly hash: string;
  /** Text that is on the page once it has read everything. */
  readonly shows: RegExp;
  readonly scheme: 'light' | 'dark';
  readonly width: number;
  readonly height: number;
}

const shotsOf = ({ kernelLie, networkLie }: ExplorerWorld): readonly Shot[] => [
  {
    name: 'overview',
    hash: '#/',
    shows: /Latest tasks[\s\S]*tumour/,
    scheme: 'light',
    width: 1200,
    height: 860,
  },
  {
    name: 'overview-dark',
    hash: '#/',
    shows: /Latest tasks[\s\S]*tumour/,
    scheme: 'dark',
    width: 1200,
    height: 860,
  },
  {
    name: 'task',
    hash: `#/tasks/${kernelLie}`,
    shows: /Provider convicted[\s\S]*Given to/,
    scheme: 'light',
    width: 1200,
    height: 1180,
  },
  {
    name: 'dispute',
    hash: `#/disputes/${networkLie}`,
    shows: /the provider is wrong/,
    scheme: 'dark',
    width: 1200,
    height: 1220,
  },
  {
    name: 'verify',
    hash: '#/verify?receipt=1',
    shows: /The proof, from the root down/,
    scheme: 'light',
    width: 1200,
    height: 1180,
  },
  { name: 'phone', hash: '#/providers', shows: /mallory/, scheme: 'light', width: 390, height: 844 },
];

async function take(
  browser: Browser,
  url: string,
  { name, hash, shows, scheme, width, height }: Shot,
): Promise<void> {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height } });
  const tab = await context.newPage();
  await tab.goto(url + hash);
  const page = { source: shows.source, selector: 'main' };
  await tab.waitForFunction(
    ({ source, selector }) =>
      new RegExp(source).test((document.querySelector(selector) as HTMLElement).innerText),
    page,
  );
  // Blocks of the last second, so that the head is not at rest.
  await tab.waitForTimeout(1_000);
  await tab.screenshot({ path: `${OUT}${name}.png` });
  await context.close();
}

await mkdir(OUT, { recursive: true });
const world = await createExplorerWorld({ blockTimeMs: 100 });
const browser = await launchChromium();
for (const shot of shotsOf(world)) await take(browser, world.url, shot);
await browser.close();
await world.close();
