/** Which accelerator plugin is loaded; `AvailableNone` says that there is none and the CPU serves. */
export const BackendKind = {
  AvailableNone: 0,
  AvailableCUDA: 1,
  AvailableHIP: 2,
  AvailableMetal: 3,
  AvailableVulkan: 4,
  AvailableWebGPU: 5,
} as const;
export type BackendKind = (typeof BackendKind)[keyof typeof BackendKind];

const NAMES = ['none', 'cuda', 'hip', 'metal', 'vulkan', 'webgpu'] as const;

/** Lower-case name of a kind, as plugins spell it; `backend(k)` for a number that is no kind. */
export const backendKindName = (kind: number): string => NAMES[kind] ?? `backend(${kind})`;
