// Compiles the AssemblyScript kernels and writes them as a TypeScript module, so that nobody needs a compiler at run
// time. The same sources and the same pinned compiler give the same bytes; a test rebuilds and compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { permutePairSource } from './permute-pair-source.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PERMUTATION = 'generated/permute-pair.ts';
const LINE = 120;

/** The modules: where each begins, what it is written to, and how it is called there. */
export const WASM_MODULES = [
  { entry: 'index.ts', target: 'kernels-wasm.ts', name: 'KERNELS_WASM_BASE64', what: 'The kernels' },
  {
    entry: 'network/index.ts',
    target: 'network-wasm.ts',
    name: 'NETWORK_WASM_BASE64',
    what: 'The rows of networks',
  },
];

/** A compiled module. Reads the sources next to this script, writes nothing. */
export async function compileModule({ entry }) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      entry,
      '-o',
      'module.wasm',
      '-O3',
      '--converge',
      '--runtime',
      'stub',
      '--noAssert',
      '--importMemory',
      '--zeroFilledMemory',
      '--enable',
      'simd',
      '--use',
      'abort=',
    ],
    {
      readFile: (name, base) => {
        if (name.endsWith(PERMUTATION)) return permutePairSource();
        try {
          return readFileSync(join(root, 'assembly', base === '.' ? '' : base, name), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return binary;
}

/** The text of the generated file for a compiled module. */
export function moduleSource(binary, { name, what }) {
  const base64 = Buffer.from(binary).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `// Generated from packages/backends/assembly by \`npm run build:wasm\`. Do not edit: a test rebuilds it and compares.

/** ${what} as a WebAssembly module of ${binary.length} bytes, in base64. */
export const ${name}: string = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, 'assembly', PERMUTATION), permutePairSource());
  for (const module of WASM_MODULES) {
    const binary = await compileModule(module);
    writeFileSync(join(root, 'src/generated', module.target), moduleSource(binary, module));
    console.log(`${module.target}: ${binary.length} bytes`);
  }
}
