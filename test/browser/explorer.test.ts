import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bytesToHex } from '@aivm/core/bytes';
import { readTask } from '@aivm/core/state';
import { developmentAccounts, serializeConviction, type Wallet } from '@aivm/sdk';
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeConviction } from '../../packages/sdk/test/support/make-conviction.ts';
import { CHROMIUM, hasChromium, launchChromium } from './chromium.ts';
import { createExplorerWorld, type ExplorerWorld, LARGE_BYTES } from './explorer-world.ts';

const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1280 },
  { name: 'dark', colorScheme: 'dark', width: 1280 },
  { name: 'on a phone', colorScheme: 'light', width: 390 },
] as const;

/** What a page shows once it has read what it is about. */
const PAGES: readonly (readonly [hash: string | ((world: ExplorerWorld) => string), shows: RegExp])[] = [
  ['#/', /Latest tasks[\s\S]*tumour-open/],
  ['#/tasks', /tumour-final/],
  ['#/tasks?status=completed', /answer is final/],
  [({ kernelLie }) => `#/tasks/${kernelLie}`, /Provider convicted[\s\S]*forfeited[\s\S]*Final/],
  ['#/tasks/panel-1', /redundant/],
  ['#/tasks/hostile-task', /hostile-model/],
  ['#/providers', /mallory/],
  ['#/providers/mallory', /was convicted by proof/],
  ['#/providers/hostile-provider', /<\/script><img src=x/],
  ['#/disputes', /upheld/],
  [({ kernelLie }) => `#/disputes/${kernelLie}`, /posted answer wrong[\s\S]*challenger’s answer right/],
  [({ networkLie }) => `#/disputes/${networkLie}`, /The element that decided[\s\S]*the provider is wrong/],
  ['#/models', /hostile-model/],
  ['#/models/digits', /dense_shift/],
  ['#/models/hostile-model', /<script>⟨U\+202E⟩/],
  ['#/epochs', /Anchors/],
  ['#/blocks', /#\d+/],
  ['#/blocks/1', /register model/],
  ['#/accounts/0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266', /Balance/],
  ['#/verify?receipt=0', /The proof, from the root down/],
  ['#/ask', /Fill in an example/],
  ['#/nowhere', /names no page/],
];

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeViolation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

describe.skipIf(!hasChromium)(`the explorer in ${CHROMIUM}`, { timeout: 300_000 }, () => {
  let world: ExplorerWorld;
  let browser: Browser;

  beforeAll(async () => {
    world = await createExplorerWorld();
    browser = await launchChromium();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await world?.close();
  }, 60_000);

  /** A tab that notes what a page must not do. */
  async function openTab(
    look: (typeof LOOKS)[number],
  ): Promise<{ readonly context: BrowserContext; readonly tab: Tab; readonly faults: string[] }> {
    const context = await browser.newContext({
      colorScheme: look.colorScheme,
      viewport: { width: look.width, height: 840 },
    });
    const tab = await context.newPage();
    const faults: string[] = [];
    const { origin } = new URL(world.url);
    tab.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) faults.push(`asked ${request.url()}`);
    });
    tab.on('console', (message) => {
      if (message.type() === 'error') faults.push(`console: ${message.text()}`);
    });
    tab.on('pageerror', (error) => faults.push(`error: ${String(error)}`));
    tab.on('dialog', (dialog) => faults.push(`dialog: ${dialog.message()}`));
    return { context, tab, faults };
  }

  async function visit(tab: Tab, hash: string, shows: RegExp): Promise<string> {
    await tab.goto(`${world.url}${hash}`);
    const text = (): Promise<string> => tab.locator('main').innerText();
    await expect.poll(text, { timeout: 30_000, message: hash }).toMatch(shows);
    return text();
  }

  /** What axe holds to be serious or worse on the page as it is. */
  async function seriousFaults(tab: Tab): Promise<readonly string[]> {
    const violations = (await tab.evaluate(
      `${axeSource}; axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
    )) as readonly AxeViolation[];
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
  }

  it.each(LOOKS)('shows every page to everybody, $name', async (look) => {
    const { context, tab, faults } = await openTab(look);
    const serious: string[] = [];
    for (const [hash, shows] of PAGES) {
      const at = typeof hash === 'string' ? hash : hash(world);
      await visit(tab, at, shows);
      const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${at} is wider than the screen`).toBeLessThanOrEqual(0);
      serious.push(...(await seriousFaults(tab)).map((fault) => `${at}: ${fault}`));
    }
    expect(serious).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('shows text of strangers as text, bounded and the right way around', async () => {
    const { context, tab, faults } = await openTab(LOOKS[0]);
    const text = await visit(tab, '#/tasks/hostile-task', /Input[\s\S]*JSON/);
    expect(text).toContain('</script><img src=x onerror=alert(1)>');
    expect(text).toContain('⟨U+202E⟩');
    expect(text).not.toMatch(/[\u202e\u200b]/);
    expect(text.length).toBeLessThan(LARGE_BYTES / 4);
    expect(await tab.locator('main img, main script, main b').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('finds things by their names, and goes by keyboard alone', async () => {
    const { context, tab } = await openTab(LOOKS[0]);
    await visit(tab, '#/', /Latest tasks/);
    await tab.keyboard.press('/');
    await tab.keyboard.type('mallory');
    await tab.keyboard.press('Enter');
    await expect.poll(() => tab.url()).toContain('#/providers/mallory');
    await tab.keyboard.press('/');
    await tab.keyboard.type('no such thing');
    await tab.keyboard.press('Enter');
    await expect
      .poll(() => tab.locator('header.bar').innerText())
      .toContain('nothing is called “no such thing”');
    await context.close();
  });

  it('verifies a receipt, its file, and no file that was changed', async () => {
    const { context, tab, faults } = await openTab(LOOKS[0]);
    const text = await visit(tab, '#/verify?receipt=0', /The proof, from the root down[\s\S]*receipt/);
    expect(text).not.toContain('✗');
    await expect.poll(() => tab.locator('.checks .good').count()).toBe(3);
    const [download] = await Promise.all([
      tab.waitForEvent('download'),
      tab.getByRole('button', { name: 'Save the file' }).click(),
    ]);
    const file = await readFile(await download.path(), 'utf8');
    const drop = (content: string): Promise<void> =>
      tab
        .locator('.drop-field')
        .setInputFiles({ name: 'receipt.json', mimeType: 'application/json', buffer: Buffer.from(content) });
    await visit(tab, '#/verify', /Drop a receipt/);
    await drop(file);
    await expect.poll(() => tab.locator('.checks .good').count()).toBe(3);
    await drop(file.replace(/"computeTimeMs": \d+/, '"computeTimeMs": 4242'));
    await expect.poll(() => tab.locator('.checks .bad').count()).toBeGreaterThan(0);
    await drop('{"no": "receipt"}');
    await expect.poll(() => tab.locator('main').innerText()).toMatch(/receipt file/);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('computes a conviction file again, and says that it is of another chain', async () => {
    const { context, tab, faults } = await openTab(LOOKS[1]);
    await visit(tab, '#/verify', /Drop a receipt/);
    const buffer = Buffer.from(serializeConviction(makeConviction(true)));
    await tab.locator('.drop-field').setInputFiles({ name: 'x.conviction', mimeType: '', buffer });
    await expect.poll(() => tab.locator('main').innerText()).toMatch(/the provider is wrong/);
    await expect.poll(() => tab.locator('.checks .bad').innerText()).toContain('about this chain');
    buffer[40] = (buffer[40] as number) ^ 1;
    await tab.locator('.drop-field').setInputFiles({ name: 'x.conviction', mimeType: '', buffer });
    await expect.poll(() => tab.locator('[role=alert]').innerText()).toContain('conviction');
    expect(faults).toEqual([]);
    await context.close();
  });

  /** Fills in an example and asks, as the first who can sign. @returns the id of the task */
  async function ask(tab: Tab): Promise<string> {
    await visit(tab, '#/ask?model=wdbc-int8', /Fill in an example/);
    await tab.getByRole('button', { name: 'Fill in an example' }).click();
    await expect.poll(() => tab.locator('main').innerText()).toMatch(/It pays/);
    await tab.getByRole('button', { name: 'Ask', exact: true }).click();
    await expect.poll(() => tab.url(), { timeout: 30_000 }).toContain('#/tasks/');
    return decodeURIComponent(tab.url().split('#/tasks/')[1] as string);
  }

  it('asks from a development account, and follows the answer', async () => {
    const { context, tab, faults } = await openTab(LOOKS[0]);
    const id = await ask(tab);
    await expect.poll(() => tab.locator('main').innerText(), { timeout: 60_000 }).toMatch(/Answered/);
    expect(readTask(world.chain.node.api.state(), id)?.requester).toEqual(
      developmentAccounts()[0]?.addressBytes,
    );
    expect(faults).toEqual([]);
    await context.close();
  });

  it('asks from a wallet of the browser, which signs typed data', async () => {
    const wallet = developmentAccounts()[6] as Wallet;
    const account = privateKeyToAccount(`0x${bytesToHex(wallet.exportPrivateKey())}`);
    const { context, tab, faults } = await openTab(LOOKS[0]);
    const asked: string[] = [];
    await tab.exposeFunction('signInTest', (text: string) => {
      const { domain, types, primaryType, message } = JSON.parse(text) as Parameters<
        typeof account.signTypedData
      >[0];
      asked.push(String(primaryType));
      return account.signTypedData({ domain, types, primaryType, message } as never);
    });
    await tab.addInitScript((address) => {
      const request = ({
        method,
        params,
      }: {
        readonly method: string;
        readonly params?: readonly string[];
      }) =>
        method === 'eth_requestAccounts'
          ? Promise.resolve([address])
          : (globalThis as unknown as { signInTest(text: string): Promise<string> }).signInTest(
              params?.[1] as string,
            );
      Object.assign(globalThis, { ethereum: { request } });
    }, wallet.address);
    await visit(tab, '#/ask?model=wdbc-int8', /Fill in an example/);
    await tab.getByLabel('Signed by').selectOption('wallet');
    await tab.getByRole('button', { name: 'Fill in an example' }).click();
    await tab.getByRole('button', { name: 'Ask', exact: true }).click();
    await expect.poll(() => tab.url(), { timeout: 30_000 }).toContain('#/tasks/');
    const id = decodeURIComponent(tab.url().split('#/tasks/')[1] as string);
    expect(readTask(world.chain.node.api.state(), id)?.requester).toEqual(wallet.addressBytes);
    expect(asked).toHaveLength(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('keeps the look that was chosen', async () => {
    const { context, tab } = await openTab(LOOKS[0]);
    await visit(tab, '#/', /Latest tasks/);
    const paper = (): Promise<string> =>
      tab.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await paper();
    const button = tab.getByRole('button', { name: /auto|light|dark/ });
    await button.click();
    await button.click();
    expect(await paper()).not.toBe(light);
    await tab.reload();
    await expect.poll(paper).not.toBe(light);
    await context.close();
  });

  it('is served under a strict policy, compressed, and kept by browsers', async () => {
    const page = await fetch(world.url);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=/);
    const [script = ''] = /app-\w+\.js/.exec(html) ?? [];
    const answer = await fetch(world.url + script, { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const again = await fetch(world.url, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
    const moved = await fetch(world.url.slice(0, -1), { redirect: 'manual' });
    expect(moved.headers.get('location')).toBe('explorer/');
    expect((await fetch(`${world.url}no-such-file`)).status).toBe(404);
  });
});
