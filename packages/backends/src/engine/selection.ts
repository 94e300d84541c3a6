import { ErrGPUNotAvailable } from '@aivm/core/errors';
import type { KernelBackend } from '@aivm/core/kernels';
import { BackendKind } from './backend-kind.ts';
import { type ChosenBackend, chooseCPUEngine } from './cpu-engine.ts';
import { createFallbackBackend } from './fallback-backend.ts';
import { GPUBackend } from './gpu-backend.ts';
import { Mode } from './mode.ts';

// One selection per process, as the Go package has it: a node never runs two chains' kernels under different modes.
let mode: Mode = Mode.AutoAIVM;
let gpu = new GPUBackend();
let cpuEngine: ChosenBackend | undefined;

/** The plugin with the CPU behind it, for mode auto; made when first needed. */
let guarded: KernelBackend | undefined;
/** Why the plugin is not asked any more in mode auto. */
let failure: Error | undefined;
let reportFailure: (error: Error) => void = () => {};

/**
 * Selects how kernels run from now on.
 * @throws RangeError on a number that is no mode
 * @throws ErrGPUNotAvailable for `Mode.GPUAIVM` without a plugin; the mode stays what it was
 */
export function setBackend(next: Mode): void {
  if (!Object.values(Mode).includes(next)) throw new RangeError(`mode: expected 0, 1 or 2, got ${next}`);
  if (next === Mode.GPUAIVM && !gpu.isAvailable()) {
    throw new ErrGPUNotAvailable('mode gpu was asked for and no plugin is loaded');
  }
  mode = next;
}

/** The mode that was selected; auto at first. */
export const activeMode = (): Mode => mode;

/** The plugin handle of the process; the zero value when no plugin was loaded. */
export const activeGPUBackend = (): GPUBackend => gpu;

/**
 * Makes `backend` the plugin handle of the process. The one before is not closed. `onFailure` is called once, when a call
 * of the plugin fails in mode auto; the CPU answers that call and all later ones.
 */
export function installGPUBackend(backend: GPUBackend, onFailure: (error: Error) => void = () => {}): void {
  gpu = backend;
  guarded = undefined;
  failure = undefined;
  reportFailure = onFailure;
}

/** What the next kernel will run on, given mode and plugin: `AvailableNone` means the CPU. */
export const effectiveBackendKind = (): BackendKind =>
  mode === Mode.CPUAIVM || (mode === Mode.AutoAIVM && failure !== undefined)
    ? BackendKind.AvailableNone
    : gpu.kind();

/**
 * The engine to run the next kernel on, and why.
 * @throws ErrGPUNotAvailable in mode gpu when the plugin was closed since
 */
export function activeBackend(): ChosenBackend {
  const plugin = `plugin ${gpu.name}`;
  if (mode === Mode.GPUAIVM) {
    if (!gpu.isAvailable()) throw new ErrGPUNotAvailable('mode gpu, and the plugin was closed');
    return { backend: gpu, reason: `mode gpu, ${plugin}` };
  }
  cpuEngine ??= chooseCPUEngine();
  if (mode === Mode.CPUAIVM || !gpu.isAvailable()) return cpuEngine;
  if (failure !== undefined) {
    return {
      backend: cpuEngine.backend,
      reason: `${plugin} failed and is not asked again: ${failure.message}`,
    };
  }
  guarded ??= guard(gpu, cpuEngine.backend);
  return { backend: guarded, reason: `mode auto, ${plugin}` };
}

function guard(plugin: GPUBackend, cpu: KernelBackend): KernelBackend {
  return createFallbackBackend({
    plugin,
    cpu,
    onFailure: (error) => {
      // A plugin that was installed since is not to blame.
      if (plugin !== gpu) return;
      failure = error;
      reportFailure(error);
    },
  });
}
