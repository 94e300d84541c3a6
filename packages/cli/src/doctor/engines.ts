import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type EngineName, openEngine } from '../kernel-engines.ts';
import type { Check, Finding } from './finding.ts';

/** Golden data for all six kernels in a row. Only a checkout has it. */
const VECTORS = fileURLToPath(new URL('../../../../vectors/pipeline.json', import.meta.url));

/** Opens an engine and lets it compute the golden data. @throws AivmError `gpu_not_available` */
async function tryEngine(name: EngineName): Promise<Omit<Finding, 'part' | 'purpose'>> {
  const { runConformanceAsync } = await import('@aivm/backends');
  const engine = await openEngine(name);
  try {
    if (!existsSync(VECTORS)) return { state: 'ok', found: 'it starts' };
    const files = [{ name: 'pipeline.json', text: readFileSync(VECTORS, 'utf8') }];
    const results = await runConformanceAsync({ files, backend: engine.backend });
    const failed = results.find(({ passed }) => !passed);
    if (failed !== undefined) return { state: 'faulty', found: `${failed.name}: ${failed.detail}` };
    return { state: 'ok', found: `${results.length} golden cases computed` };
  } finally {
    engine.close();
  }
}

async function orAbsent(name: EngineName, remedy: string): Promise<Omit<Finding, 'part' | 'purpose'>> {
  try {
    return await tryEngine(name);
  } catch (error) {
    return { state: 'absent', found: (error as Error).message.replace(/^gpu_not_available: /, ''), remedy };
  }
}

/** The engines that compute kernels, and networks. */
export const engineChecks: readonly Check[] = [
  { part: 'WASM engine', purpose: 'kernels on every machine', look: () => tryEngine('wasm') },
  {
    part: 'native engine',
    purpose: 'kernels at the speed of the processor',
    look: () => orAbsent('native', 'npm run build:native, in a checkout and with a C compiler'),
  },
  {
    part: 'network engine',
    purpose: 'integer networks at the speed of the processor',
    look: async () => {
      const { chooseNetworkEngine } = await import('@aivm/backends');
      const { engine, reason, isFaulty } = chooseNetworkEngine({ environment: process.env });
      if (engine.name.startsWith('native')) return { state: 'ok', found: reason };
      const remedy = 'npm run build:native, in a checkout and with a C compiler';
      return {
        state: isFaulty ? 'faulty' : 'absent',
        found: `${reason}; it runs them as well, slower`,
        remedy,
      };
    },
  },
  {
    part: 'WebGPU',
    purpose: 'kernels on a card without a plugin of its own',
    look: () =>
      orAbsent('webgpu', 'a Vulkan driver; for tests without a card: bash scripts/install-lavapipe.sh'),
  },
  {
    part: 'kernel plugin',
    purpose: 'kernels on a card, through a library',
    look: async () => {
      const { findPlugin } = await import('@aivm/backends');
      const { backend, reason, rejections } = findPlugin({
        platform: process.platform,
        environment: process.env,
      });
      if (backend.isAvailable()) return { state: 'ok', found: reason };
      const remedy = 'npm run build:native, and AIVM_GPU_PLUGIN with its path: docs/plugins.md';
      return { state: rejections.length > 0 ? 'faulty' : 'absent', found: reason, remedy };
    },
  },
];
