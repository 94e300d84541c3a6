// Bundles the web app: hashed files in dist/web, or in memory for a node that runs from its sources.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const APP = join(PACKAGE, 'src/app');
const OUT = join(PACKAGE, 'dist/web');

const PACKAGES = fileURLToPath(new URL('../..', import.meta.url));
const OF_PACKAGE = /import\s+\{([^}]*)\}\s+from\s+'@aivm\/(sdk|core\/[a-z]+)';/g;

/** The files behind the names of an index, by name: `[file, name there]`. */
async function readIndex(specifier) {
  const [name, folder = ''] = specifier.split('/');
  const directory = join(PACKAGES, name, 'src', folder);
  const text = await readFile(join(directory, 'index.ts'), 'utf8');
  const lists = text.matchAll(/export\s+\{([^}]*)\}\s+from\s+'([^']+)'/g);
  const entries = [...lists].flatMap(([, list, path]) =>
    list
      .split(',')
      .map((entry) => entry.trim().split(/\s+as\s+/))
      .filter(([entry]) => entry !== '' && !entry.startsWith('type '))
      .map(([inner, outer = inner]) => [outer, [join(directory, path), inner]]),
  );
  return new Map(entries);
}

/**
 * Takes names from the files that define them instead of from a package's index. esbuild puts a file that two parts of the
 * app reach into what both load at once, and through an index every part reaches every file: a first visit would load the
 * wallet and the judge.
 */
const withoutIndexes = {
  name: 'without-indexes',
  setup({ onLoad }) {
    const indexes = new Map();
    const indexOf = (specifier) => {
      if (!indexes.has(specifier)) indexes.set(specifier, readIndex(specifier));
      return indexes.get(specifier);
    };
    onLoad({ filter: /packages\/(?:core|explorer|sdk)\/src\/.*\.tsx?$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const names = new Map();
      for (const [, , specifier] of text.matchAll(OF_PACKAGE)) names.set(specifier, await indexOf(specifier));
      const contents = text.replaceAll(OF_PACKAGE, (_, list, specifier) =>
        list
          .split(',')
          .map((entry) => entry.trim().split(/\s+as\s+/))
          .filter(([entry]) => entry !== '' && !entry.startsWith('type '))
          .map(([outer, local = outer]) => {
            const [file, inner] = names.get(specifier).get(outer);
            return `import { ${inner} as ${local} } from ${JSON.stringify(file)};`;
          })
          .join(' '),
      );
      return { contents, loader: path.endsWith('x') ? 'tsx' : 'ts' };
    });
  },
};

/** The output of an entry point, and the chunks that it loads at once, by their names in `dist/web`. */
function loadedAtOnce(metafile, entry) {
  const outputs = Object.entries(metafile.outputs);
  const [first] = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(entry)) ?? [];
  const names = new Set([first]);
  for (const name of names) {
    for (const { path, kind } of metafile.outputs[name].imports)
      if (kind === 'import-statement') names.add(path);
  }
  return [...names].map((name) => relative(OUT, join(PACKAGE, name)));
}

async function createPage(metafile) {
  const [script, ...chunks] = loadedAtOnce(metafile, 'main.tsx');
  const [style] = loadedAtOnce(metafile, 'app.css');
  const template = await readFile(join(APP, 'index.html'), 'utf8');
  const preloads = chunks.map((name) => `<link rel="modulepreload" href="${name}">`).join('\n    ');
  return {
    page: template.replace('%STYLE%', style).replace('%PRELOADS%', preloads).replace('%SCRIPT%', script),
    firstLoad: [script, ...chunks],
  };
}

/**
 * Bundles the app.
 * @returns {Promise<{ files: Map<string, Uint8Array>, firstLoad: readonly string[], metafile: object }>} the files by
 * name, and the names of the scripts that a first visit loads
 */
export async function bundleApp() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: PACKAGE,
    entryPoints: { app: join(APP, 'main.tsx'), style: join(APP, 'style/app.css') },
    outdir: OUT,
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['aivm-source'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    // The page's policy forbids to make code out of text, which zod would try when it makes a schema.
    banner: { js: 'globalThis.__zod_globalConfig={jitless:true};' },
    plugins: [withoutIndexes],
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [relative(OUT, path), contents]));
  const { page, firstLoad } = await createPage(metafile);
  files.set('index.html', new TextEncoder().encode(page));
  files.set('icon.svg', await readFile(join(APP, 'icon.svg')));
  return { files, firstLoad, metafile };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { files } = await bundleApp();
  await rm(OUT, { recursive: true, force: true });
  for (const [name, contents] of files) {
    await mkdir(dirname(join(OUT, name)), { recursive: true });
    await writeFile(join(OUT, name), contents);
  }
  console.log(`${relative(process.cwd(), OUT)}: ${files.size} files`);
}
