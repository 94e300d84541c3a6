import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { applyEdits, type Edit } from './mutant.ts';

/** Reads the sources with the faults in them; the working tree stays as it is. */
const mutate = (root: string, edits: readonly Edit[]): Plugin => ({
  name: 'mutate',
  setup({ onLoad, onEnd }) {
    const waiting = new Set(edits.map(({ file }) => file));
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const file = relative(root, path).split(sep).join('/');
      const own = edits.filter((edit) => edit.file === file);
      if (own.length === 0) return undefined;
      waiting.delete(file);
      return { contents: applyEdits(await readFile(path, 'utf8'), own), loader: 'ts' };
    });
    onEnd(() => {
      if (waiting.size > 0) throw new Error(`no simulation reads ${[...waiting].join(', ')}`);
    });
  },
});

/** Leaves packages of others where they are installed. */
const keepPackages: Plugin = {
  name: 'keep-packages',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@aivm/') ? undefined : { path, external: true },
    );
  },
};

/** A folder outside of the repository in which bundles find the installed packages. The caller removes it. */
export async function createBundleFolder(root: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aivm-mutants-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

/** Bundles the simulator with everything of ours that it runs, faults included. @returns the bundle's path */
export async function bundleSimulator(
  root: string,
  folder: string,
  { name, edits }: { readonly name: string; readonly edits: readonly Edit[] },
): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(root, 'packages/sim/mutants/simulate.ts')],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['aivm-source'],
    logLevel: 'silent',
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [keepPackages, mutate(root, edits)],
  });
  return outfile;
}
