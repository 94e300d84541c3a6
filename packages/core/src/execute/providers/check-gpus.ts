import { requireThat } from '../../errors/aivm-error.ts';
import type { GPUInfo } from '../../state/records/gpu-info.ts';

/** Decimal text that every reader takes for the same finite number: at most 10^20 · 10^99. */
const DECIMAL = /^-?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?$/;

/** Declared cards are shown as numbers by everybody; empty text says nothing. @throws AivmError `malformed` for a number that is none. */
export function checkGpus(gpus: readonly GPUInfo[]): void {
  for (const [i, gpu] of gpus.entries()) {
    for (const name of ['tflops', 'temperature', 'utilization'] as const) {
      requireThat(
        gpu[name] === '' || DECIMAL.test(gpu[name]),
        'malformed',
        () => `gpus[${i}].${name}: expected a decimal number such as 82.6, got "${gpu[name]}"`,
      );
    }
  }
}
