import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { readVectorDirectory, type VectorText } from '@aivm/backends';
import { type BuildResult, build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageReport } from './page.ts';

const CHROMIUM = process.env.AIVM_CHROMIUM ?? '/usr/bin/chromium';
const files = readVectorDirectory(fileURLToPath(new URL('../../../../vectors', import.meta.url)));

const bundlePage = (): Promise<BuildResult<{ metafile: true; write: false }>> =>
  build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['aivm-source'],
    minify: true,
    metafile: true,
    write: false,
  });

test('the engine bundles for a browser: nothing of Node, and the npm package is not looked for', async () => {
  const { metafile, outputFiles } = await bundlePage();
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.some((path) => path.endsWith('webgpu/webgpu-backend.ts'))).toBe(true);
  expect(inputs.filter((path) => /^node:|browser-external|node_modules\/webgpu/.test(path))).toEqual([]);
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
  expect(outputFiles[0]!.contents.length).toBeLessThan(150_000);
});

describe.skipIf(!existsSync(CHROMIUM))(`a page in ${CHROMIUM}`, () => {
  let server: Server;
  let code: Uint8Array;

  beforeAll(async () => {
    code = (await bundlePage()).outputFiles[0]!.contents;
    // The loopback address counts as a secure page, without which there is no navigator.gpu.
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });
  afterAll(() => server?.close());

  async function reportOf(extra: readonly string[]): Promise<PageReport> {
    const args = ['--no-sandbox', '--disable-background-networking', '--no-first-run', ...extra];
    const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: [...args] });
    try {
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await tab.waitForFunction(() => 'checkVectors' in globalThis);
      return await tab.evaluate(
        (vectors) =>
          (
            globalThis as unknown as { checkVectors(files: readonly VectorText[]): Promise<PageReport> }
          ).checkVectors(vectors),
        files,
      );
    } finally {
      await browser.close();
    }
  }

  test('without a GPU says so by code', { timeout: 120_000 }, async () => {
    const report = await reportOf(['--disable-gpu']);
    expect(report).toMatchObject({ code: expect.stringMatching(/^no_(api|adapter)$/) });
  });

  test('with Vulkan passes every vector, or has no adapter', { timeout: 300_000 }, async (context) => {
    const report = await reportOf([
      '--enable-unsafe-webgpu',
      '--enable-features=Vulkan',
      '--use-vulkan=native',
      '--use-angle=vulkan',
      '--ignore-gpu-blocklist',
    ]);
    if ('code' in report && /^no_(api|adapter)$/.test(report.code)) context.skip(report.reason);
    expect(report).toHaveProperty('device');
    const results = 'results' in report ? report.results : [];
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results).toHaveLength(145);
  });
});
