import { bytesToHex, CheckClass, type Provider, ProviderStatus, Settlement, TaskStatus } from '@aivm/core';
import { expect } from 'vitest';
import { TimerKind } from '../../../src/state/records/timer.ts';
import type { Census } from './census.ts';

const isOpen = (status: number): boolean => status < TaskStatus.completed;
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const count = <T>(items: Iterable<T>, holds: (item: T) => boolean): number => [...items].filter(holds).length;

function checkTasks({ chain, tasks, accounts }: Census): void {
  expect(chain.tasksOpen + chain.tasksCompleted + chain.tasksFailed).toBe(BigInt(tasks.length));
  expect(chain.tasksOpen).toBe(BigInt(count(tasks, ({ status }) => isOpen(status))));
  expect(chain.tasksCompleted).toBe(BigInt(count(tasks, ({ status }) => status === TaskStatus.completed)));
  for (const task of tasks) {
    const { status, settlement } = task;
    if (isOpen(status)) {
      expect(task.endedAtHeight).toBe(0);
      expect(settlement).toBe(status === TaskStatus.processing ? Settlement.posted : Settlement.open);
      continue;
    }
    expect(settlement).toBe(status === TaskStatus.completed ? Settlement.final : Settlement.void);
    expect(task).toMatchObject({
      escrow: 0n,
      reservation: 0n,
      stepTimer: { height: 0 },
      deadlineTimer: { height: 0 },
    });
    expect(task.receiptNumber > 0).toBe(status === TaskStatus.completed);
  }
  for (const [address, { pendingTasks }] of accounts) {
    const waiting = tasks.filter(
      (task) => task.status === TaskStatus.pending && bytesToHex(task.requester) === address,
    );
    expect(pendingTasks).toBe(waiting.length);
  }
}

function checkProvider({ tasks }: Census, provider: Provider): void {
  const held = tasks.filter((task) => isOpen(task.status) && task.assignedTo === provider.id);
  expect(provider.reserved).toBe(sum(held.map((task) => task.reservation)));
  const assigned = held.filter((task) => task.status === TaskStatus.assigned).map((task) => task.id);
  expect([...provider.assigned].sort()).toEqual(assigned.sort());
  expect(provider.openResults).toBe(count(held, (task) => task.status === TaskStatus.processing));
  if (provider.status === ProviderStatus.withdrawn) expect(provider.bond).toBe(0n);
  if (provider.status === ProviderStatus.active || provider.status === ProviderStatus.unbonding) {
    expect(provider.bond >= provider.reserved).toBe(true);
  } else
    expect(
      provider.epochReward + (provider.status === ProviderStatus.slashed ? provider.rewardsClaimable : 0n),
    ).toBe(provider.status === ProviderStatus.slashed ? 0n : provider.epochReward);
}

function checkProviders(census: Census): void {
  const { chain, providers, served } = census;
  expect(chain.providerCount).toBe(providers.length);
  expect(chain.providersActive).toBe(count(providers, ({ status }) => status === ProviderStatus.active));
  for (const provider of providers) checkProvider(census, provider);
  const stands = [...served].flatMap(([model, ids]) => ids.map((id) => `${model}/${id}`));
  const says = providers.flatMap(({ id, serves }) => serves.map((model) => `${model}/${id}`));
  expect(stands.sort()).toEqual(says.sort());
  const inLists = providers.filter(({ serves }) => serves.length > 0);
  expect(inLists.every(({ status }) => status === ProviderStatus.active)).toBe(true);
}

/** The list from head to tail is the pending tasks, each once. */
function checkQueue({ chain, tasks, queue }: Census): void {
  const order: string[] = [];
  let previous = '';
  for (let id = chain.queueHead; id !== '' && order.length <= queue.size; id = queue.get(id)?.next ?? '') {
    expect(queue.get(id)?.previous).toBe(previous);
    order.push(id);
    previous = id;
  }
  expect(chain.queueTail).toBe(previous);
  expect(order.length).toBe(chain.queueCount);
  const pending = tasks.filter(({ status }) => status === TaskStatus.pending).map(({ id }) => id);
  expect([...order].sort()).toEqual(pending.sort());
  expect(queue.size).toBe(order.length);
  expect(chain.queueCursor === '' || queue.has(chain.queueCursor)).toBe(true);
}

function checkTimers({ chain, tasks, timers }: Census, height: number): void {
  const held = [...timers].filter(([, { kind }]) => kind !== TimerKind.free);
  expect(chain.timersPending).toBe(held.length);
  for (const [slot] of timers) expect(Number(slot.split('/')[0])).toBeGreaterThan(height);
  const expected = tasks
    .filter(({ status }) => isOpen(status))
    .flatMap((task) => {
      const own = [[task.deadlineTimer, TimerKind.taskDeadline]] as const;
      const step = task.status === TaskStatus.processing ? TimerKind.windowEnd : TimerKind.taskTimeout;
      const steps = task.status === TaskStatus.pending ? [] : ([[task.stepTimer, step]] as const);
      return [...own, ...steps]
        .filter(([slot]) => slot.height > height)
        .map(([slot, kind]) => `${slot.height}/${slot.index} ${kind} ${task.id}`);
    });
  expect(held.map(([slot, { kind, taskId }]) => `${slot} ${kind} ${taskId}`).sort()).toEqual(expected.sort());
}

function checkRewards({ chain, providers, epochs }: Census): void {
  const open = providers.filter(({ rewardEpoch }) => rewardEpoch === chain.epoch);
  expect(chain.epochReward).toBe(sum(open.map(({ epochReward }) => epochReward)));
  // What an epoch paid and nobody took out of it is there until the last share is.
  const unfolded = epochs.filter(({ foldedTotal, total }) => foldedTotal < total);
  const claimable = sum(providers.map(({ rewardsClaimable }) => rewardsClaimable));
  const inEpochs = sum(unfolded.map(({ paid, foldedPaid }) => paid - foldedPaid));
  expect(chain.rewardsUnclaimed).toBe(claimable + inEpochs);
  for (const epoch of epochs) {
    expect(epoch.foldedTotal <= epoch.total && epoch.foldedPaid <= epoch.paid).toBe(true);
    const waiting = providers.filter(
      ({ rewardEpoch, epochReward }) => rewardEpoch === epoch.epoch && epochReward > 0n,
    );
    expect(epoch.foldedTotal + sum(waiting.map(({ epochReward }) => epochReward))).toBe(epoch.total);
  }
  expect(chain.minted).toBe(sum(epochs.map(({ paid }) => paid)));
}

function checkWeights({ tasks, models, weights }: Census): void {
  const users = [...models, ...tasks.filter(({ status }) => isOpen(status))].filter(
    ({ checkClass }) => checkClass === CheckClass.int8Kernel,
  );
  for (const [hash, { references }] of weights) {
    expect(references).toBe(count(users, ({ weightHash }) => bytesToHex(weightHash) === hash));
  }
  for (const { weightHash } of users) expect(weights.has(bytesToHex(weightHash))).toBe(true);
}

/** Everything that must hold between the records of one state, whatever happened before. */
export function checkCensus(census: Census, height: number): void {
  checkTasks(census);
  checkProviders(census);
  checkQueue(census);
  checkTimers(census, height);
  checkRewards(census);
  checkWeights(census);
}
