import { fileURLToPath } from 'node:url';
import { bytesToHex } from '@aivm/core/bytes';
import { serializeNetworkHeader } from '@aivm/core/network';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlePage, hasChromium, launchChromium } from '../../../../test/browser/chromium.ts';
import { Random } from '../../../core/test/network/support/random.ts';
import { randomHeader, randomTask } from '../../../core/test/network/support/random-graph.ts';
import { rootsOf, type SentTask } from './support/page.ts';

/** Networks of one run; AIVM_NETWORK_RUNS asks for more. */
const RUNS = Number(process.env.AIVM_NETWORK_RUNS ?? 150);
/** Networks that go to the page at once. */
const BATCH = 500;

function randomTasks(first: number, count: number): readonly SentTask[] {
  return Array.from({ length: count }, (_, i) => {
    const random = new Random(first + i);
    const header = randomHeader(random, random.int(1, 14));
    const { network, input, blob } = randomTask(random, header);
    return {
      header: bytesToHex(serializeNetworkHeader(header)),
      blob: bytesToHex(blob),
      input: bytesToHex(input.bytes),
      tokens: [...input.tokens],
      size: network.size,
    };
  });
}

describe.skipIf(!hasChromium)('networks in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  }, 120_000);
  afterAll(() => browser?.close());

  it(`have the roots of the reference for ${RUNS} random networks, in WebAssembly and without`, async () => {
    const { outputFiles } = await bundlePage(fileURLToPath(new URL('support/page.ts', import.meta.url)));
    const tab = await browser.newPage();
    await tab.addScriptTag({ content: outputFiles[0]!.text, type: 'module' });
    await tab.waitForFunction(() => 'rootsOf' in globalThis);
    const seen = new Set<string>();
    for (let first = 0; first < RUNS; first += BATCH) {
      const tasks = randomTasks(first, Math.min(BATCH, RUNS - first));
      const expected = await rootsOf('reference', tasks);
      for (const engine of ['wasm', 'reference'] as const) {
        const roots = await tab.evaluate(
          ([name, sent]) => (globalThis as unknown as { rootsOf: typeof rootsOf }).rootsOf(name, sent),
          [engine, tasks] as const,
        );
        expect(roots).toEqual(expected);
      }
      for (const root of expected) seen.add(root);
    }
    expect(seen.size).toBeGreaterThan(RUNS / 2);
  }, 2_400_000);
});
