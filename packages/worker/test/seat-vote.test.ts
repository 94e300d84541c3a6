import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { Vote } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { BackendError, type BackendReason } from '../src/backend/backend-error.ts';
import type { ComputeBackend } from '../src/backend/compute-backend.ts';
import type { BoundTask } from '../src/provider/bind-task.ts';
import { computeTask } from '../src/provider/compute-task.ts';
import type { ProviderRun } from '../src/provider/provider-run.ts';
import { voteOf } from '../src/provider/seat-vote.ts';

const INPUT = new Uint8Array(32).fill(7);
const NOTHING = new Uint8Array(0);
const LIMIT = 64;

/** What a provider on a chain of outputs of 64 bytes makes of a task. */
async function computed(run: ComputeBackend['run'], supports = true) {
  const backend: ComputeBackend = { name: 'test', supports: () => supports, run };
  const task = { id: 't', input: INPUT, inputHash: namedHash('Input', INPUT) } as BoundTask;
  const parts = {
    backend,
    models: { getModel: async () => ({ id: 'm' }) },
    chain: { maxOutputBytes: LIMIT },
    retry: {},
  };
  const made = await computeTask(task, parts as unknown as ProviderRun, new AbortController().signal);
  if (made === undefined) throw new Error('nothing was computed');
  return made;
}
const failing = (reason: BackendReason) => () => Promise.reject(new BackendError(reason, 'why'));
const giving = (size: number) => async () => ({ output: new Uint8Array(size), computeTimeMs: 3 });

describe('the vote of a seat', () => {
  it('is the output where there is one, up to what the chain takes', async () => {
    const made = await computed(giving(LIMIT));
    expect(voteOf(made, { checkClass: 'opaque' })).toEqual({
      vote: Vote.output,
      output: new Uint8Array(LIMIT),
      computeTimeMs: 3,
    });
  });

  it.each<[string, number, () => Promise<Awaited<ReturnType<typeof computed>>>]>([
    ['an output that the chain does not take', Vote.tooLong, () => computed(giving(LIMIT + 1))],
    ['a program that writes too much', Vote.tooLong, () => computed(failing('tooMuch'))],
    ['a program that fails', Vote.cannotRun, () => computed(failing('failed'))],
    ['a program that takes too long', Vote.cannotRun, () => computed(failing('late'))],
    ['a program that writes no JSON', Vote.cannotRun, () => computed(failing('noJson'))],
    ['a model that the backend does not know', Vote.cannotRun, () => computed(giving(1), false)],
  ])('says why of %s', async (_, vote, compute) => {
    const made = await compute();
    expect(voteOf(made, { checkClass: 'opaque' })).toEqual({ vote, output: NOTHING, computeTimeMs: 0 });
    // An integer model has an output for every input: the chain would refuse an error.
    expect(voteOf(made, { checkClass: 'int8-kernel' })).toBeUndefined();
  });

  it.each(['notStarted', 'other'] as const)('is none where this machine is at fault: %s', async (reason) => {
    expect(voteOf(await computed(failing(reason)), { checkClass: 'opaque' })).toBeUndefined();
    const broken = await computed(() => Promise.reject(new AivmError('internal', 'a bug')));
    expect(voteOf(broken, { checkClass: 'opaque' })).toBeUndefined();
  });
});
