import {
  activeBackend,
  activeMode,
  backendKindName,
  effectiveBackendKind,
  findPlugin,
  installGPUBackend,
  modeName,
} from '@aivm/backends';
import type { AcceleratorSession } from './assembly/assemble-node.ts';
import type { Log } from './log.ts';

let wasProbed = false;

/**
 * Looks for a kernel plugin, once a process, and makes it the process's accelerator. No plugin is a normal state: the
 * log says why, and the kernels run on WebAssembly.
 */
export function probeAccelerator(log: Log): void {
  if (wasProbed) return;
  wasProbed = true;
  const { backend, reason, rejections } = findPlugin({
    platform: process.platform,
    environment: process.env,
  });
  installGPUBackend(backend, (error) => log.error({ error: error.message }, 'kernel plugin failed'));
  log.info(
    {
      effectiveBackendKind: backendKindName(effectiveBackendKind()),
      mode: modeName(activeMode()),
      reason,
      rejected: rejections.map(({ path, reason: why }) => `${path}: ${why}`),
    },
    'kernels',
  );
}

/** The accelerator of this process as a VM's session. The plugin belongs to the process: closing the VM keeps it. */
export const processAccelerator = (): AcceleratorSession => ({
  describe: () => {
    const { backend, reason } = activeBackend();
    return {
      backend: backend.name,
      effectiveBackendKind: backendKindName(effectiveBackendKind()),
      reason: `mode ${modeName(activeMode())}: ${reason}`,
    };
  },
  kernels: () => activeBackend().backend,
  close: () => undefined,
});
