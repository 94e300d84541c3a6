import { describe, expect, it } from 'vitest';
import { platformClock } from '../../src/client/clock.ts';
import { waitForTask } from '../../src/client/wait.ts';
import type { Task } from '../../src/index.ts';

const BASE = { id: 't', status: 'pending', settlement: 'open', usable: false, attempt: 0 } as Task;
const WAITING = { ...BASE, wait_reason: 'no_provider' } as Task;
const WORKING = { ...BASE, status: 'processing', assigned_to: 'p-1' } as Task;
const POSTED = { ...WORKING, settlement: 'posted', output_bytes: new Uint8Array(1) } as Task;
const USABLE = { ...POSTED, usable: true } as Task;
const FINAL = { ...USABLE, status: 'completed', settlement: 'final' } as Task;
const FAILED = { ...BASE, status: 'failed', settlement: 'void', error: 'deadline' } as Task;

/** A node at which the task goes through `states`, one with each request, and stays in the last one. */
const nodeWith = (states: readonly Task[]) => {
  let at = 0;
  return { call: async () => states[Math.min(at++, states.length - 1)], clock: platformClock } as never;
};

describe('waiting for a task', () => {
  it.each([
    ['posted', POSTED],
    ['usable', USABLE],
    ['final', FINAL],
  ] as const)('until it is %s', async (until, reached) => {
    const node = nodeWith([WAITING, WORKING, POSTED, USABLE, FINAL]);
    expect(await waitForTask(node, 't', { until })).toBe(reached);
  });

  it('ends with a task that ends without an answer', async () => {
    for (const until of ['posted', 'usable', 'final'] as const)
      expect(await waitForTask(nodeWith([BASE, FAILED]), 't', { until })).toBe(FAILED);
  });

  it('shows the first state and each change once', async () => {
    const seen: Task[] = [];
    const node = nodeWith([BASE, BASE, WAITING, WAITING, WORKING, FINAL]);
    await waitForTask(node, 't', { onChange: (task) => seen.push(task) });
    expect(seen).toEqual([BASE, WAITING, WORKING, FINAL]);
  });

  it('says at the end of its time why the task waits', async () => {
    await expect(waitForTask(nodeWith([WAITING]), 't', { timeoutMs: 120 })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('is still pending (no_provider)'),
    });
  });
});
