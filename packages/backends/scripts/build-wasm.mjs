// Compiles the AssemblyScript kernels and writes them as a TypeScript module, so that nobody needs a compiler at run
// time. The same sources and the same pinned compiler give the same bytes; a test rebuilds and compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { permutePairSource } from './permute-pair-source.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PERMUTATION = 'generated/permute-pair.ts';
const MODULE = join(root, 'src/generated/kernels-wasm.ts');
const LINE = 120;

/** The compiled module. Reads the sources next to this script, writes nothing. */
export async function compileKernels() {
  let binary;
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      '-o',
      'kernels.wasm',
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

/** The text of src/generated/kernels-wasm.ts for a compiled module. */
export function moduleSource(binary) {
  const base64 = Buffer.from(binary).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `// Generated from packages/backends/assembly by \`npm run build:wasm\`. Do not edit: a test rebuilds it and compares.

/** The kernels as a WebAssembly module of ${binary.length} bytes, in base64. */
export const KERNELS_WASM_BASE64: string = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, 'assembly', PERMUTATION), permutePairSource());
  const binary = await compileKernels();
  writeFileSync(MODULE, moduleSource(binary));
  console.log(`kernels.wasm: ${binary.length} bytes`);
}
