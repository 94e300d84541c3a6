/** How kernels are run: on a plugin if there is one, on the CPU whatever there is, or on a plugin or not at all. */
export const Mode = { AutoAIVM: 0, CPUAIVM: 1, GPUAIVM: 2 } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

const NAMES = ['auto', 'cpu', 'gpu'] as const;

/** Lower-case name of a mode; `unknown` for a number that is none. */
export const modeName = (mode: number): string => NAMES[mode] ?? 'unknown';
