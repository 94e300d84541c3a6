import type { KernelBackend } from '@aivm/core/kernels';
import type { AsyncKernelBackend, KernelName } from '../engine/async-kernel-backend.ts';

/** One kernel call that a check asks for: its driver makes it, on an engine of either kind. */
export interface KernelCall {
  readonly kernel: KernelName;
  /** The arguments, in the kernel's order. */
  readonly arenas: readonly Uint8Array[];
}

/**
 * A check in steps: it yields the calls to make, is handed what each answered (how many ops applied, where the kernel says
 * so), and returns undefined when every byte was as expected, else what differed.
 */
export type Check = Generator<KernelCall, string | undefined, number>;

type Run = (...arenas: Uint8Array[]) => unknown;

const answerOf = (answer: unknown): number => (typeof answer === 'number' ? answer : 0);

/** Runs a check on a synchronous engine. */
export function driveCheck(check: Check, backend: KernelBackend): string | undefined {
  let step = check.next();
  while (!step.done) {
    const { kernel, arenas } = step.value;
    step = check.next(answerOf((backend[kernel] as Run).apply(backend, [...arenas])));
  }
  return step.value;
}

/** Runs a check on an asynchronous engine, one call at a time. */
export async function driveCheckAsync(
  check: Check,
  backend: AsyncKernelBackend,
): Promise<string | undefined> {
  let step = check.next();
  while (!step.done) {
    const { kernel, arenas } = step.value;
    step = check.next(answerOf(await (backend[kernel] as Run).apply(backend, [...arenas])));
  }
  return step.value;
}
