import type { ChainConfig, ChainEvent, Task } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { storyOf } from '../../../src/app/text/task-story.ts';

const config = {
  config: { challengeWindowBlocks: 100n },
  params: { liabilityMultiple: 20, feeBurnBasisPoints: 1_000, maxAttempts: 3 },
} as unknown as ChainConfig;

const admitted = {
  burned: 1_000_000n,
  escrow: 5_000_000n,
  mode: 0,
  check_class: 'int8-kernel',
} as unknown as Task;
const taskWith = (more: Partial<Task>): Task => ({ ...admitted, burned: 1_500_000n, ...more }) as Task;

const taskEvent = (reason: string, more: object = {}): ChainEvent =>
  ({
    ...{ kind: 'task', height: 7, index: 1, timestamp: '2026-01-01T00:00:00Z', task_id: 't', model: 'm' },
    ...{ status: 'pending', settlement: 'open', provider: '', reason, usable: false },
    ...more,
  }) as ChainEvent;

const stepOf = (event: ChainEvent, task: Task = taskWith({}), before: Task | undefined = admitted) =>
  storyOf([event], { task, config, admitted: before })[0];

describe('the story of a task', () => {
  it('says what was paid in, and nothing where the block was not read', () => {
    expect(stepOf(taskEvent('submitted'))?.movements).toEqual([
      { label: 'admission, burned', amount: 1_000_000n },
      { label: 'held in escrow', amount: 5_000_000n },
    ]);
    expect(
      storyOf([taskEvent('submitted')], { task: taskWith({}), config, admitted: undefined })[0]?.movements,
    ).toEqual([]);
  });

  it('says who was paid at the end: the provider, or the requester again', () => {
    expect(stepOf(taskEvent('final', { status: 'completed' }))?.movements).toEqual([
      { label: 'to the provider', amount: 4_500_000n },
      { label: 'burned', amount: 500_000n },
    ]);
    expect(
      stepOf(taskEvent('deadline', { status: 'failed' }), taskWith({ burned: 1_000_000n }))?.movements,
    ).toEqual([{ label: 'back to the requester', amount: 5_000_000n }]);
  });

  it('guesses no part of a panel and no price of work', () => {
    const final = taskEvent('final', { status: 'completed' });
    for (const more of [{ mode: 1 }, { check_class: 'int8-graph' as const }])
      expect(stepOf(final, taskWith(more))?.movements).toEqual([{ label: 'burned', amount: 500_000n }]);
  });

  it('marks what went wrong, and gives every known reason its rule', () => {
    for (const reason of ['timeout', 'provider_error', 'challenge_upheld', 'provider_slashed', 'no_majority'])
      expect(stepOf(taskEvent(reason))).toMatchObject({ isBad: true, rule: expect.stringMatching(/\w{5}/) });
    expect(stepOf(taskEvent('assigned', { provider: 'p' }))).toMatchObject({ isBad: false, provider: 'p' });
    expect(stepOf(taskEvent('__proto__'))).toMatchObject({ what: '  proto  ', rule: '' });
  });

  it('leaves out what is not about a change', () => {
    const model = {
      kind: 'model',
      model: 'm',
      change: 'registered',
      height: 1,
      index: 0,
      timestamp: '',
    } as ChainEvent;
    expect(storyOf([model], { task: taskWith({}), config, admitted })).toEqual([]);
  });
});
