import {
  type AsyncKernelBackend,
  type CreateWebGPUBackendParameters,
  createWebGPUBackend,
  NO_THRESHOLDS,
  type WebGPUBackend,
  WebGPUUnavailableError,
} from '@aivm/backends';
import { equalBytes } from '@aivm/core/bytes';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';

/** An engine beside the reference, which answers nothing in its place that a device kernel could. */
export const openEngine = (parameters: CreateWebGPUBackendParameters = {}): Promise<WebGPUBackend> =>
  createWebGPUBackend({ cpu: referenceBackend, thresholds: NO_THRESHOLDS, ...parameters });

/** An open engine, or why this machine has none. A device that computes wrongly or refuses our shaders is a failure. */
export async function tryEngine(): Promise<{ engine?: WebGPUBackend; reason: string }> {
  try {
    const engine = await openEngine();
    return { engine, reason: engine.adapter.description };
  } catch (error) {
    const isAbsent = error instanceof WebGPUUnavailableError && /^no_(api|package|adapter)$/.test(error.code);
    if (!isAbsent) throw error;
    return { reason: error.message };
  }
}

/** Runs a call on both engines, each on its own copies: answers, errors and bytes. */
export async function differenceOf(
  engine: AsyncKernelBackend,
  arenas: readonly Uint8Array[],
  run: (backend: KernelBackend, arenas: readonly Uint8Array[]) => unknown,
): Promise<string | undefined> {
  const outcomeOf = async (backend: KernelBackend): Promise<{ answer: unknown; arenas: Uint8Array[] }> => {
    const copies = arenas.map((bytes) => Uint8Array.from(bytes));
    try {
      return { answer: await run(backend, copies), arenas: copies };
    } catch (error) {
      return { answer: `${error}`, arenas: copies };
    }
  };
  const expected = await outcomeOf(referenceBackend);
  const actual = await outcomeOf(engine as unknown as KernelBackend);
  if (actual.answer !== expected.answer) return `answer ${actual.answer}, expected ${expected.answer}`;
  const place = actual.arenas.findIndex((bytes, index) => !equalBytes(bytes, expected.arenas[index]!));
  if (place < 0) return undefined;
  const [got, wanted] = [actual.arenas[place]!, expected.arenas[place]!];
  const at = got.findIndex((byte, index) => byte !== wanted[index]);
  return `arena ${place} byte ${at}: ${got[at]}, expected ${wanted[at]}`;
}
