import { ErrGPUNotAvailable } from '@aivm/core';
import { BackendKind, backendKindName } from './backend-kind.ts';
import { type ChosenBackend, chooseCPUEngine } from './cpu-engine.ts';
import { GPUBackend } from './gpu-backend.ts';
import { Mode, modeName } from './mode.ts';

// One selection per process, as the seed has it: a node never runs two chains' kernels under different modes.
let mode: Mode = Mode.AutoAIVM;
let gpu = new GPUBackend();
let cpuEngine: ChosenBackend | undefined;

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

/** Makes `backend` the plugin handle of the process. The one before is not closed. */
export function installGPUBackend(backend: GPUBackend): void {
  gpu = backend;
}

/** What the next kernel will run on, given mode and plugin: `AvailableNone` means the CPU. */
export const effectiveBackendKind = (): BackendKind =>
  mode === Mode.CPUAIVM ? BackendKind.AvailableNone : gpu.kind();

/**
 * The engine to run the next kernel on, and why.
 * @throws ErrGPUNotAvailable in mode gpu when the plugin was closed since
 */
export function activeBackend(): ChosenBackend {
  if (mode !== Mode.CPUAIVM && gpu.isAvailable()) {
    return { backend: gpu, reason: `mode ${modeName(mode)}, plugin ${backendKindName(gpu.kind())}` };
  }
  if (mode === Mode.GPUAIVM) throw new ErrGPUNotAvailable('mode gpu, and the plugin was closed');
  cpuEngine ??= chooseCPUEngine();
  return cpuEngine;
}
