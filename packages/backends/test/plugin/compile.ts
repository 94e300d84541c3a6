import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackendKind, pluginProbes, pluginSymbols } from '@aivm/backends';
import { nativeLoader } from '../../src/plugin/native-loader.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const compiler = process.env.CC || 'cc';

/** For `vi.setConfig` in tests that compile: a compiler takes long on a machine that is busy. */
export const COMPILING = { hookTimeout: 180_000, testTimeout: 180_000 } as const;

/** Why tests that load real libraries cannot run here; undefined where they can. */
export const missingTool: string | undefined = (() => {
  if (spawnSync(compiler, ['--version']).status !== 0) return `no C compiler (${compiler})`;
  const loader = nativeLoader();
  return 'reason' in loader ? loader.reason : undefined;
})();

/** The five kinds that a plugin can be. */
export const PLUGIN_KINDS: readonly BackendKind[] = Object.values(BackendKind).filter((kind) => kind !== 0);

/** A directory that is deleted when the test file has ended. */
export function createWorkDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'aivm-plugin-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function run(command: string, parameters: readonly string[]): void {
  const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')}: ${stderr}`);
}

/** Builds the CPU plugin under all five names with the project's own script. */
export function buildCPUPlugins(directory: string): void {
  run(process.execPath, [
    join(root, 'packages/backends/scripts/build-native.mjs'),
    '--only',
    'cpu',
    '--out',
    directory,
  ]);
}

/** The nvcc that the build script takes; undefined without one. */
export const nvcc: string | undefined = [process.env.NVCC, '/usr/local/cuda/bin/nvcc', 'nvcc'].find(
  (path) => path !== undefined && spawnSync(path, ['--version']).status === 0,
);

/** Builds the CUDA plugin with the project's own script; its path. */
export function buildCUDAPlugin(directory: string): string {
  const script = join(root, 'packages/backends/scripts/build-native.mjs');
  run(process.execPath, [script, '--only', 'cuda', '--out', directory]);
  return join(directory, 'cuda', libraryName(BackendKind.AvailableCUDA));
}

/**
 * Compiles the GPU sources for the host, where a stream runs only when it is waited for, and every access is checked.
 * Chunks are small, so that short calls take many.
 */
export function compileGPUOnHost(path: string): string {
  const includes = ['include', 'cpu', 'cuda'].map((folder) => `-I${join(root, 'native', folder)}`);
  const chunks = [
    '-DAIVM_CHUNK_OPS=16',
    '-DAIVM_CHUNK_LEAVES=4',
    '-DAIVM_SLOTS_WORTH_A_GPU=1',
    '-DAIVM_SLOT_SIZE=4096',
  ];
  const defines = ['-DAIVM_GPU_ON_HOST', '-DAIVM_BACKEND=cuda', '-DAIVM_CPU_PORTABLE_ONLY', ...chunks];
  const common = ['-O1', '-fPIC', '-pthread', ...includes, ...defines];
  const objects = ['choose_engine', 'pair', 'engine_portable'].map((name) => {
    const object = `${path}.${name}.o`;
    run(compiler, ['-std=c11', ...common, '-c', join(root, 'native/cpu', `${name}.c`), '-o', object]);
    return object;
  });
  const checks = ['-fsanitize=undefined', '-fsanitize-undefined-trap-on-error'];
  const source = ['-x', 'c++', join(root, 'native/cuda/plugin.cu'), '-x', 'none'];
  // Without unique symbols the library can be unloaded, and each load starts anew.
  const flags = ['-std=c++17', '-shared', '-Wno-unknown-pragmas', '-fno-gnu-unique', ...checks];
  run(process.env.CXX || 'c++', [...flags, ...common, ...source, ...objects, '-o', path]);
  return path;
}

/** File name of the plugin of a kind on this platform. */
export const libraryName = (kind: BackendKind): string =>
  pluginProbes({ platform: process.platform, environment: {} }).find((probe) => probe.kind === kind)?.file ??
  '';

/** Bodies of the six functions in C, by the end of their names. */
export type Bodies = Partial<Record<string, string>>;

const PARAMETERS: Readonly<Record<string, string>> = {
  attestation_apply:
    'const aivm_round *desc, const aivm_attestation_op *ops, aivm_attestation *table, uint32_t *applied, uint32_t count, void *stream',
  provenance_apply:
    'const aivm_round *desc, const aivm_model_op *ops, aivm_model *table, uint32_t *applied, uint32_t count, void *stream',
  anchor_apply:
    'const aivm_round *desc, const aivm_anchor_op *ops, aivm_anchor *table, uint32_t *applied, uint32_t count, void *stream',
  epoch_transition:
    'const aivm_round *desc, aivm_attestation *attestations, const aivm_model *models, const aivm_anchor *anchors, aivm_epoch *epoch, aivm_transition *result, uint32_t attestation_count, uint32_t model_count, uint32_t anchor_count, void *stream',
  inference_step:
    'const aivm_weights *weights, const aivm_inference_op *ops, const int8_t *inputs, int8_t *outputs, aivm_inference_result *results, uint32_t op_count, void *stream',
  proof_verify: 'const aivm_proof_op *ops, aivm_proof_result *results, uint32_t op_count, void *stream',
};

/** Functions that a plugin need not have: compiled where a body is given. */
const OPTIONAL_PARAMETERS: Readonly<Record<string, string>> = { prepare_arena: 'void *bytes, uint64_t size' };

export interface CompileParameters {
  readonly kind: BackendKind;
  readonly path: string;
  /** Functions that differ from those of the CPU plugin, which the library otherwise passes calls on to. */
  readonly bodies: Bodies;
  /** A function to leave out. */
  readonly without?: string;
  /** Macros that the sources are compiled with. */
  readonly macros?: Readonly<Record<string, number>>;
  /** The file that stands for `pair.c`. */
  readonly pair?: string;
}

/**
 * Compiles a plugin for one kind whose functions have the given bodies. The CPU plugin's sources are linked in under the
 * name `vulkan`, so that a body can call `lux_vulkan_aivm_…`; `kind` must be another one.
 */
export function compilePlugin({
  kind,
  path,
  bodies,
  without,
  macros = {},
  pair = 'pair.c',
}: CompileParameters): string {
  const backend = pluginSymbols(kind)[0]?.split('_')[1] as string;
  const optional = Object.entries(OPTIONAL_PARAMETERS).filter(([name]) => bodies[name] !== undefined);
  const functions = [...optional, ...Object.entries(PARAMETERS)]
    .filter(([kernel]) => kernel !== without)
    .map(([kernel, parameters]) => {
      const names = parameters.split(', ').map((text) => text.replace(/^.*[ *]/, ''));
      const body = bodies[kernel] ?? `return lux_vulkan_aivm_${kernel}(${names.join(', ')});`;
      return `AIVM_EXPORT int lux_${backend}_aivm_${kernel}(${parameters}) { ${body} }`;
    });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    `${path}.c`,
    `#include "${pair}"\n#include "plugin.c"\n#include "choose_engine.c"\n#include "engine_portable.c"\nstatic uint32_t seen_count; static uint64_t seen_size; static const void *seen_at;\nDECLARE(${backend});\n${functions.join('\n')}\n`,
  );
  const flags = ['-std=c11', '-O1', '-fPIC', '-pthread', '-shared', '-fvisibility=hidden'];
  const sizes = Object.entries(macros).map(([name, value]) => `-D${name}=${value}`);
  const defines = ['-DAIVM_BACKEND=vulkan', '-DAIVM_CPU_PORTABLE_ONLY', ...sizes];
  const includes = [`-I${join(root, 'native/include')}`, `-I${join(root, 'native/cpu')}`];
  run(compiler, [...flags, ...defines, ...includes, `${path}.c`, '-o', path]);
  return path;
}
