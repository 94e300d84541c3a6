import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildResult, build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';

/** The browser of these tests; AIVM_CHROMIUM names another. */
export const CHROMIUM = process.env.AIVM_CHROMIUM ?? '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) console.warn(`${CHROMIUM} is not here: the tests in a browser are skipped`);

/** A name of its own: a page is a stranger to the node, not a page of this machine. */
export const PAGE_HOST = 'dapp.example';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-gpu',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  `--host-resolver-rules=MAP ${PAGE_HOST} 127.0.0.1`,
];

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });

export type Bundle = BuildResult<{ metafile: true; write: false }>;

/** A page's script, from the sources, as a browser loads it. */
export const bundlePage = (entry: string): Promise<Bundle> =>
  build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['aivm-source'],
    minify: true,
    metafile: true,
    write: false,
  });

export const codeOf = ({ outputFiles }: Bundle): Uint8Array => outputFiles[0]?.contents as Uint8Array;

/** The packages of this repository whose sources are in a bundle. */
export const packagesOf = ({ metafile }: Bundle): readonly string[] => {
  const names = Object.keys(metafile.inputs).map((path) => /^packages\/([^/]+)\/src\//.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
};
