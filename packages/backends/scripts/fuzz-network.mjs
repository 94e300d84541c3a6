// Calls every network operator in C at random, under the address and undefined-behaviour sanitizers: buffers of exactly the
// lengths that are passed, some calls with a word that does not fit. All engines must agree; AVX-512 is emulated.
//
//   node packages/backends/scripts/fuzz-network.mjs [CALLS] [SEED]
//
// CALLS is 20,000 by default. Honours CC.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('../../../native/network', import.meta.url));
const compiler = process.env.CC || 'cc';
const flags = [
  '-std=c11',
  '-g',
  '-O1',
  '-Wall',
  '-Wextra',
  '-fwrapv',
  '-fno-math-errno',
  '-fno-trapping-math',
];
const checks = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const work = mkdtempSync(join(tmpdir(), 'aivm-fuzz-network-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const machine = spawnSync(compiler, ['-dumpmachine'], { encoding: 'utf8' }).stdout ?? '';
const engines = { engine_portable: [] };
if (machine.startsWith('x86_64')) {
  engines.engine_avx2 = ['-march=x86-64-v3'];
  engines.engine_vnni = ['-DAIVM_EMULATED_AVX512', `-I${join(sources, 'test')}`];
}
const objects = Object.entries(engines).map(([name, own]) => {
  const object = join(work, `${name}.o`);
  run(compiler, [...flags, ...checks, ...own, '-c', join(sources, `${name}.c`), '-o', object]);
  return object;
});
const program = join(work, 'fuzz');
const files = [join(sources, 'test', 'fuzz.c'), join(sources, 'exp_table.c')];
run(compiler, [...flags, ...checks, ...files, ...objects, '-lm', '-o', program]);
run(program, process.argv.slice(2));
