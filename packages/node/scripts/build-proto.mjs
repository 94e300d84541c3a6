// Compiles proto/*.proto with pinned tools and writes the TypeScript of each where TARGETS says. Run: npm run build:proto.
// With --check it writes nothing and fails where a file is not what the tools give.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Fetched for one run: nothing but this script needs them. The plugin's version is that of @bufbuild/protobuf. */
const TOOLS = ['@bufbuild/buf@1.75.0', '@bufbuild/protoc-gen-es@2.17.0'];

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const AVALANCHE = ['vm', 'runtime', 'http', 'health'];
const TARGETS = new Map([
  ['abci', at('src/hosts/abci/generated/abci_pb.ts')],
  ...AVALANCHE.map((name) => [name, at(`src/hosts/avalanche/generated/${name}_pb.ts`)]),
]);

function compile() {
  const out = mkdtempSync(join(tmpdir(), 'aivm-proto-'));
  try {
    const template = {
      version: 'v2',
      plugins: [{ local: 'protoc-gen-es', out, opt: ['target=ts'] }],
      inputs: [{ directory: at('proto') }],
    };
    const packages = TOOLS.flatMap((tool) => ['--package', tool]);
    const args = [
      'exec',
      '--yes',
      ...packages,
      '--',
      'buf',
      'generate',
      '--template',
      JSON.stringify(template),
    ];
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: tmpdir() });
    return new Map(
      [...TARGETS.keys()].map((name) => [name, readFileSync(join(out, `${name}_pb.ts`), 'utf8')]),
    );
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

for (const [name, text] of compile()) {
  const target = TARGETS.get(name);
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
    console.log(`${target}: written`);
  } else if (readFileSync(target, 'utf8') !== text) {
    console.error(`${target}: not what proto/${name}.proto gives; run npm run build:proto`);
    process.exitCode = 1;
  } else {
    console.log(`${target}: up to date`);
  }
}
