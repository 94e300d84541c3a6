import { ErrGPUNotAvailable } from '@aivm/core/errors';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { ProofVerifyOp, ProofVerifyResult } from '@aivm/core/layout';
import { describe, expect, it } from 'vitest';
import {
  type AsyncKernelBackend,
  createAsyncFallbackBackend,
  createFallbackBackend,
  EngineCallError,
  type EngineFailure,
  toAsyncKernelBackend,
} from '../../src/index.ts';

class DeviceGone extends EngineCallError {}

/** An engine whose kernel 6 throws what `problem` gives, and counts its calls. */
function failing(problem: () => Error | undefined): KernelBackend & { calls: number } {
  const engine = {
    ...referenceBackend,
    name: 'device',
    calls: 0,
    proofVerify: (...arenas: Parameters<KernelBackend['proofVerify']>): void => {
      engine.calls += 1;
      const error = problem();
      if (error !== undefined) throw error;
      referenceBackend.proofVerify(...arenas);
    },
  };
  return engine;
}

const arenas = (): [Uint8Array, Uint8Array] => [
  ProofVerifyOp.createArena(1),
  ProofVerifyResult.createArena(1),
];

describe.each([
  ['a call failed', () => new DeviceGone('gone')],
  ['there is no device any more', () => new ErrGPUNotAvailable('closed')],
])('an engine that stops because %s', (_, problem) => {
  it('is followed by the CPU, which computes the same call, and is not asked again', () => {
    const failures: EngineFailure[] = [];
    const device = failing(problem);
    const backend = createFallbackBackend({
      plugin: device,
      cpu: referenceBackend,
      onFailure: (error) => failures.push(error),
    });
    expect(backend.name).toBe('device');
    const [expected, actual] = [arenas(), arenas()];
    referenceBackend.proofVerify(...expected);
    backend.proofVerify(...actual);
    expect(actual).toEqual(expected);
    backend.proofVerify(...arenas());
    expect(device.calls).toBe(1);
    expect(failures).toHaveLength(1);
    expect(backend.name).toBe('cpu');
  });

  it('is reported once by calls that were under way together', async () => {
    const failures: EngineFailure[] = [];
    const device = failing(problem);
    const engine: AsyncKernelBackend = {
      ...toAsyncKernelBackend(device),
      proofVerify: async (...call) => {
        await Promise.resolve();
        device.proofVerify(...call);
      },
    };
    const backend = createAsyncFallbackBackend({
      engine,
      cpu: referenceBackend,
      onFailure: (error) => failures.push(error),
    });
    const [expected, ...actual] = [arenas(), arenas(), arenas(), arenas()];
    referenceBackend.proofVerify(...expected);
    await Promise.all(actual.map((call) => backend.proofVerify(...call)));
    for (const call of actual) expect(call).toEqual(expected);
    expect(device.calls).toBe(3);
    await backend.proofVerify(...arenas());
    expect(device.calls).toBe(3);
    expect(failures).toHaveLength(1);
    expect(backend.name).toBe('cpu');
  });
});

describe('an error that is no failure of the engine', () => {
  it('is the caller’s, and the engine goes on', async () => {
    const wrong = new RangeError('ops: expected a multiple of 240 bytes');
    let error: Error | undefined = wrong;
    const device = failing(() => error);
    const unexpected = () => expect.unreachable('no failure to report');
    const backend = createFallbackBackend({ plugin: device, cpu: referenceBackend, onFailure: unexpected });
    expect(() => backend.proofVerify(...arenas())).toThrow(wrong);
    const engine = toAsyncKernelBackend(device);
    const later = createAsyncFallbackBackend({ engine, cpu: referenceBackend, onFailure: unexpected });
    await expect(later.proofVerify(...arenas())).rejects.toBe(wrong);
    error = undefined;
    backend.proofVerify(...arenas());
    await later.proofVerify(...arenas());
    expect([backend.name, later.name]).toEqual(['device', 'device']);
  });

  it('is thrown if the CPU throws it, even one that says a device is gone', () => {
    const backend = createFallbackBackend({
      plugin: failing(() => new DeviceGone('first')),
      cpu: failing(() => new DeviceGone('second')),
      onFailure: () => undefined,
    });
    expect(() => backend.proofVerify(...arenas())).toThrow('second');
    expect(() => backend.proofVerify(...arenas())).toThrow('second');
  });
});
