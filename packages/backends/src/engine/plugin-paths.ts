import { BackendKind, backendKindName } from './backend-kind.ts';

/** One library to look for, and where. */
export interface PluginProbe {
  readonly kind: BackendKind;
  /** File name of the shared object. */
  readonly file: string;
  /** Paths to try in this order; the last is the bare name, which the loader looks up itself. */
  readonly paths: readonly string[];
}

/** What the search depends on. */
export interface PluginProbeParameters {
  /** As `process.platform`. */
  readonly platform: string;
  /** Environment variables; LUX_GPU_PLUGIN_DIR and LUXCPP_PREFIX count where they are not empty. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const PROBE_ORDER = [
  BackendKind.AvailableCUDA,
  BackendKind.AvailableHIP,
  BackendKind.AvailableMetal,
  BackendKind.AvailableVulkan,
  BackendKind.AvailableWebGPU,
] as const;

function extensionOf(kind: BackendKind, platform: string): string {
  if (kind === BackendKind.AvailableMetal) return 'dylib';
  const isPortable = kind === BackendKind.AvailableVulkan || kind === BackendKind.AvailableWebGPU;
  return isPortable && platform === 'darwin' ? 'dylib' : 'so';
}

/** Where plugins are looked for, best first. Nothing is opened here. */
export function pluginProbes({ platform, environment }: PluginProbeParameters): PluginProbe[] {
  const directory = environment.LUX_GPU_PLUGIN_DIR ?? '';
  const prefix = environment.LUXCPP_PREFIX ?? '';
  return PROBE_ORDER.map((kind) => {
    const backend = backendKindName(kind);
    const file = `libluxgpu_backend_${backend}.${extensionOf(kind, platform)}`;
    const inDirectory = [
      `${directory}/${file}`,
      `${directory}/backends/${backend}/${file}`,
      `${directory}/build/backends/${backend}/${file}`,
      `${directory}/build/metal-only/backends/${backend}/${file}`,
      `${directory}/build/vulkan-m1/backends/${backend}/${file}`,
    ];
    const paths = [
      ...(directory === '' ? [] : inDirectory),
      ...(prefix === '' ? [] : [`${prefix}/lib/${file}`]),
      file,
    ];
    return { kind, file, paths };
  });
}

/** The C functions that a plugin for `kind` must export, all six. */
export const pluginSymbols = (kind: BackendKind): string[] =>
  [
    'attestation_apply',
    'provenance_apply',
    'anchor_apply',
    'epoch_transition',
    'inference_step',
    'proof_verify',
  ].map((kernel) => `lux_${backendKindName(kind)}_aivm_${kernel}`);
