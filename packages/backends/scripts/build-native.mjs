// Builds what this machine has compilers for: the CPU plugin with cc, under each backend name, the library of network
// operators with cc, the CUDA plugin with nvcc, the HIP plugin with hipcc. A missing compiler is no error: everything
// runs without.
//
//   node packages/backends/scripts/build-native.mjs [--out DIR] [--only cpu|network|cuda|hip]
//
// Writes DIR/cpu, DIR/network, DIR/cuda and DIR/hip; DIR is native/build by default. Honours CC, CFLAGS, NVCC, CUDA_HOME,
// HIPCC and HIP_ARCHS.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const BACKENDS = ['cuda', 'hip', 'metal', 'vulkan', 'webgpu'];
const native = fileURLToPath(new URL('../../../native', import.meta.url));

const { values } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string' } } });
const out = resolve(values.out ?? join(native, 'build'));
const targets = { cpu: buildCPU, network: buildNetwork, cuda: buildCUDA, hip: buildHIP };
if (values.only !== undefined && !Object.hasOwn(targets, values.only)) {
  throw new RangeError(`--only: expected cpu, network, cuda or hip, got ${values.only}`);
}

for (const [name, build] of Object.entries(targets)) {
  if (values.only === undefined || values.only === name) build(join(out, name));
}

/** Runs a compiler; its messages go to the terminal, and its failure ends the build. */
function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(1);
}

/** Whether a compiler starts. */
function works(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** What the compiler makes code for, such as x86_64-linux-gnu. */
function machineOf(compiler) {
  return spawnSync(compiler, ['-dumpmachine'], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

function libraryName(backend) {
  const isDylib =
    backend === 'metal' || (process.platform === 'darwin' && !['cuda', 'hip'].includes(backend));
  return `libluxgpu_backend_${backend}.${isDylib ? 'dylib' : 'so'}`;
}

/** Builds in a directory of its own and moves the libraries to their place whole: a program may have the old one open. */
function install(directory, build) {
  mkdirSync(directory, { recursive: true });
  const work = mkdtempSync(join(directory, '.work-'));
  try {
    for (const file of build(work)) {
      renameSync(join(work, file), join(directory, file));
      console.log(`built ${join(directory, file)}`);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The C compiler and the flags of every C source; undefined without a compiler. */
function cCompiler() {
  const compiler = process.env.CC || 'cc';
  if (!works(compiler)) return undefined;
  const extra = (process.env.CFLAGS ?? '').split(' ').filter((flag) => flag !== '');
  const flags = ['-std=c11', '-O3', '-Wall', '-Wextra', '-fPIC', '-pthread', '-fvisibility=hidden'];
  return [compiler, ...flags, `-I${join(native, 'include')}`, ...extra];
}

/** Compiles the engines of the CPU and the choice between them; the object files. */
function compileEngines([compiler, ...flags], work) {
  const v3 = ['-march=x86-64-v3'];
  // Copied in pieces of 64 bytes, which nearly always straddle two cache lines, a slot in the cache takes 15 ns, not 8.
  const copies = '-mprefer-vector-width=256';
  const v4 = [...v3, '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', copies];
  const sources = { choose_engine: [], pair: [], engine_portable: [] };
  if (machineOf(compiler).startsWith('x86_64')) {
    Object.assign(sources, { engine_scalar: v3, engine_avx2: v3, engine_avx512: v4 });
  }
  return Object.entries(sources).map(([name, march]) => {
    const object = join(work, `${name}.o`);
    run(compiler, [...flags, ...march, '-c', join(native, 'cpu', `${name}.c`), '-o', object]);
    return object;
  });
}

function buildCPU(directory) {
  const cc = cCompiler();
  if (cc === undefined) return console.log('cpu: no C compiler, not built');
  install(directory, (work) => {
    const objects = compileEngines(cc, work);
    const [compiler, ...flags] = cc;
    return BACKENDS.map((backend) => {
      const file = libraryName(backend);
      const plugin = [`-DAIVM_BACKEND=${backend}`, join(native, 'cpu', 'plugin.c')];
      run(compiler, [...flags, ...plugin, ...objects, '-shared', '-o', join(work, file)]);
      return file;
    });
  });
}

/** The operators of integer networks, one library for every program that runs them. */
function buildNetwork(directory) {
  const cc = cCompiler();
  if (cc === undefined) return console.log('network: no C compiler, not built');
  const [compiler, ...flags] = cc;
  // Integers wrap, as in the protocol; the one floating-point operation, a square root, sets no errno. As fast as -O3,
  // whose copies of every loop take five times as long to compile.
  const exact = ['-fwrapv', '-fno-math-errno', '-fno-trapping-math', '-O2', '-ftree-vectorize'];
  exact.push('-fvect-cost-model=dynamic');
  const v3 = ['-march=x86-64-v3'];
  const sources = { call: [], exp_table: [], engine_portable: [] };
  if (machineOf(compiler).startsWith('x86_64')) {
    const vnni = ['f', 'bw', 'dq', 'vl', 'vnni'].map((part) => `-mavx512${part}`);
    Object.assign(sources, { engine_avx2: v3, engine_vnni: [...v3, ...vnni] });
  }
  const file = `libaivm_network.${process.platform === 'darwin' ? 'dylib' : 'so'}`;
  install(directory, (work) => {
    const objects = Object.entries(sources).map(([name, march]) => {
      const object = join(work, `${name}.o`);
      const source = join(native, 'network', `${name}.c`);
      run(compiler, [...flags, ...exact, ...march, '-c', source, '-o', object]);
      return object;
    });
    run(compiler, [...flags, ...objects, '-shared', '-lm', '-o', join(work, file)]);
    return [file];
  });
}

function buildCUDA(directory) {
  const home = process.env.CUDA_HOME || '/usr/local/cuda';
  const compiler = process.env.NVCC || (existsSync(join(home, 'bin/nvcc')) ? join(home, 'bin/nvcc') : 'nvcc');
  if (!works(compiler)) return console.log(`cuda: no nvcc (${compiler}), not built`);
  // Code for the data centre generations; anything from 7.5 on is compiled by the driver at first use.
  const generations = ['80', '90'].flatMap((sm) => ['-gencode', `arch=compute_${sm},code=sm_${sm}`]);
  const portable = ['-gencode', 'arch=compute_75,code=compute_75'];
  buildGPU(directory, 'cuda', compiler, {
    compile: [...generations, ...portable, '-Xcompiler', '-fPIC,-fvisibility=hidden,-Wall'],
    // A GPU runtime keeps threads and exit handlers: its code must stay mapped after the library is closed.
    link: ['--cudart', 'static', '-lpthread', '-Xlinker', '-z,nodelete'],
  });
}

function buildHIP(directory) {
  const compiler = process.env.HIPCC || 'hipcc';
  // Where nvcc is installed too, hipcc would become a front end for it.
  process.env.HIP_PLATFORM = 'amd';
  if (!works(compiler)) return console.log(`hip: no hipcc (${compiler}), not built`);
  const generations = (process.env.HIP_ARCHS || 'gfx90a gfx1030')
    .split(' ')
    .map((arch) => `--offload-arch=${arch}`);
  buildGPU(directory, 'hip', compiler, {
    compile: [...generations, '-x', 'hip', '-fPIC', '-fvisibility=hidden', '-Wall'],
    link: ['--hip-link', ...generations, '-lpthread', '-Wl,-z,nodelete'],
  });
}

/** The GPU sources, linked with the engines of the CPU for what is fastest on the host. */
function buildGPU(directory, backend, compiler, { compile, link }) {
  const cc = cCompiler();
  if (cc === undefined) return console.log(`${backend}: no C compiler for the host's part, not built`);
  const file = libraryName(backend);
  const includes = [`-I${join(native, 'include')}`, `-I${join(native, 'cpu')}`];
  install(directory, (work) => {
    const object = join(work, 'plugin.o');
    const source = join(native, 'cuda', 'plugin.cu');
    const common = ['-std=c++17', '-O3', `-DAIVM_BACKEND=${backend}`];
    run(compiler, [...common, ...compile, ...includes, '-c', source, '-o', object]);
    run(compiler, ['-shared', ...link, object, ...compileEngines(cc, work), '-o', join(work, file)]);
    return [file];
  });
}
