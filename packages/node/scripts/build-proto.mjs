// Compiles proto/abci.proto with pinned tools and writes src/hosts/abci/generated/abci_pb.ts. Run: npm run build:proto.
// With --check it writes nothing and fails where the file is not what the tools give.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Fetched for one run: nothing but this script needs them. The plugin's version is that of @bufbuild/protobuf. */
const TOOLS = ['@bufbuild/buf@1.75.0', '@bufbuild/protoc-gen-es@2.17.0'];

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const TARGET = at('src/hosts/abci/generated/abci_pb.ts');

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
    return readFileSync(join(out, 'abci_pb.ts'), 'utf8');
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

const text = compile();
if (!process.argv.includes('--check')) {
  writeFileSync(TARGET, text);
  console.log(`${TARGET}: written`);
} else if (readFileSync(TARGET, 'utf8') !== text) {
  console.error(`${TARGET}: not what proto/abci.proto gives; run npm run build:proto`);
  process.exitCode = 1;
} else {
  console.log(`${TARGET}: up to date`);
}
