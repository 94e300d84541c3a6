import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { AivmError } from '@aivm/core/errors';

/** What scripts/bundle.mjs gives. */
interface Bundler {
  bundleApp(): Promise<{ readonly files: ReadonlyMap<string, Uint8Array> }>;
}

/** Both are where they are for the compiled code and for the sources. */
const PACKAGE = new URL('../../', import.meta.url);
const BUILT = new URL('dist/web/', PACKAGE);
const BUNDLER = new URL('scripts/bundle.mjs', PACKAGE);

async function readBuilt(): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = await readdir(BUILT);
  const read = async (name: string) => [name, new Uint8Array(await readFile(new URL(name, BUILT)))] as const;
  return new Map(await Promise.all(names.map(read)));
}

/**
 * The files of the app. Sources are bundled in memory as they are, so that a checkout shows what it has; compiled code
 * reads what `npm run build` or packing wrote.
 * @throws AivmError `not_found` where there is neither
 */
export async function readWeb(): Promise<ReadonlyMap<string, Uint8Array>> {
  const isSource = import.meta.url.endsWith('.ts');
  if (!isSource && existsSync(BUILT)) return readBuilt();
  if (!existsSync(BUNDLER))
    throw new AivmError(
      'not_found',
      'the explorer is not built; `npm run build` writes packages/explorer/dist/web',
    );
  const bundler = (await import(BUNDLER.href)) as Bundler;
  return (await bundler.bundleApp()).files;
}
