import { bytesToHex } from '@aivm/core/bytes';
import { ModelRegistryEntry } from '@aivm/core/layout';
import {
  CheckClass,
  type ProviderRecord as Provider,
  ProviderStatus,
  Settlement,
  type TaskRecord as Task,
  TaskStatus,
} from '@aivm/core/state';
import { expect } from 'vitest';
import { type Panel, PanelKind, PanelPhase, SeatStatus } from '../../../src/state/records/panel.ts';
import { TimerKind } from '../../../src/state/records/timer.ts';
import type { Census } from './census.ts';
import { checkAttestations } from './check-attestations.ts';
import { checkListSeats, checkOwned } from './check-lists.ts';

const isOpen = (status: number): boolean => status < TaskStatus.completed;
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const count = <T>(items: Iterable<T>, holds: (item: T) => boolean): number => [...items].filter(holds).length;

/** Where the judgement of an open task can be. */
function settlementsOf({ status, n }: Task): readonly number[] {
  if (status === TaskStatus.pending) return [Settlement.open];
  if (status === TaskStatus.assigned) return [n > 0 ? Settlement.committing : Settlement.open];
  return n > 0 ? [Settlement.revealing] : [Settlement.posted, Settlement.disputed];
}

function checkTasks({ chain, tasks, accounts, outputs }: Census): void {
  expect(chain.tasksOpen + chain.tasksCompleted + chain.tasksFailed).toBe(BigInt(tasks.length));
  expect(chain.tasksOpen).toBe(BigInt(count(tasks, ({ status }) => isOpen(status))));
  expect(chain.tasksCompleted).toBe(BigInt(count(tasks, ({ status }) => status === TaskStatus.completed)));
  for (const task of tasks) {
    const { status, settlement } = task;
    if (isOpen(status)) {
      expect(task.endedAtHeight).toBe(0);
      expect(settlementsOf(task)).toContain(settlement);
      continue;
    }
    expect(settlement).toBe(status === TaskStatus.completed ? Settlement.final : Settlement.void);
    expect(task).toMatchObject({
      escrow: 0n,
      reservation: 0n,
      stepTimer: { height: 0 },
      windowTimer: { height: 0 },
      deadlineTimer: { height: 0 },
    });
    expect(task.receiptNumber > 0).toBe(status === TaskStatus.completed);
    expect(outputs.includes(task.id)).toBe(status === TaskStatus.completed);
  }
  for (const [address, { pendingTasks }] of accounts) {
    const waiting = tasks.filter(
      (task) => task.status === TaskStatus.pending && bytesToHex(task.requester) === address,
    );
    expect(pendingTasks).toBe(waiting.length);
  }
}

function checkProvider({ tasks, seats }: Census, provider: Provider): void {
  const held = tasks.filter((task) => isOpen(task.status) && task.assignedTo === provider.id);
  const seated = [...seats].filter(([, seat]) => seat.provider === provider.id);
  expect(provider.reserved).toBe(sum(held.map(({ reservation }) => reservation)));
  const assigned = held.filter((task) => task.status === TaskStatus.assigned).map((task) => task.id);
  const listed = seated.filter(([, seat]) => !seat.excused);
  const places = listed.map(([place]) => place.slice(0, place.lastIndexOf('/')));
  expect([...provider.assigned].sort()).toEqual([...assigned].sort());
  expect([...provider.seats].sort()).toEqual([...places].sort());
  expect(provider.openSeats).toBe(seated.length);
  expect(provider.uncommittedSeats).toBe(count(listed, ([, { status }]) => status === SeatStatus.drawn));
  expect(provider.openResults).toBe(count(held, (task) => task.status === TaskStatus.processing));
  if (provider.status === ProviderStatus.withdrawn) expect(provider.bond).toBe(0n);
  if (provider.status === ProviderStatus.active || provider.status === ProviderStatus.unbonding) {
    // The penalty of a seat may reach what results hold: nothing of the bond is set aside for seats.
    expect(provider.bond >= 0n).toBe(true);
  } else
    expect(
      provider.epochReward + (provider.status === ProviderStatus.slashed ? provider.rewardsClaimable : 0n),
    ).toBe(provider.status === ProviderStatus.slashed ? 0n : provider.epochReward);
}

function checkProviders(census: Census): void {
  const { chain, providers, served, servedOperators } = census;
  expect(chain.providerCount).toBe(providers.length);
  expect(chain.providersActive).toBe(count(providers, ({ status }) => status === ProviderStatus.active));
  for (const provider of providers) checkProvider(census, provider);
  const stands = [...served].flatMap(([model, ids]) => ids.map((id) => `${model}/${id}`));
  const listed = providers.filter((provider) => provider.listed);
  const says = listed.flatMap(({ id, serves }) => serves.map((model) => `${model}/${id}`));
  expect(stands.sort()).toEqual(says.sort());
  const active = listed.filter(({ status }) => status === ProviderStatus.active);
  expect(listed.every(({ status }) => status <= ProviderStatus.unbonding)).toBe(true);
  for (const model of new Set([...served.keys(), ...servedOperators.keys()])) {
    const serving = active.filter(({ serves }) => serves.includes(model));
    const operators = new Set(serving.map(({ operator }) => bytesToHex(operator)));
    expect([model, servedOperators.get(model) ?? 0]).toEqual([model, operators.size]);
  }
}

/** A panel for every open redundant task and for every dispute, with its seats and nothing else. */
function checkPanels({ tasks, panels, disputes, seats, seatOutputs }: Census): void {
  const open = tasks.filter(({ status }) => isOpen(status));
  const disputed = open.filter(({ settlement }) => settlement === Settlement.disputed);
  const expected = [...open.filter(({ n }) => n > 0), ...disputed].map(({ id }) => id);
  expect(panels.map(({ taskId }) => taskId).sort()).toEqual(expected.sort());
  expect(disputes.map(({ taskId }) => taskId).sort()).toEqual(disputed.map(({ id }) => id).sort());
  expect(seats.size).toBe(panels.reduce((total, { drawn }) => total + drawn, 0));
  for (const panel of panels) {
    const places = placesOf(panel, seats);
    const own = places.map((place) => seats.get(place)?.status ?? -1);
    expect(own.length).toBe(panel.drawn);
    expect(panel.revealed).toBe(count(own, (status) => status === SeatStatus.revealed));
    expect(panel.committed).toBe(count(own, (status) => status >= SeatStatus.committed));
    if (panel.phase === PanelPhase.drawing) expect(panel.drawn).toBeLessThan(panel.n);
    const operators = places.map((place) => bytesToHex(seats.get(place)?.operator ?? new Uint8Array()));
    expect(new Set(operators).size).toBe(panel.drawn);
  }
  const shown = [...seats].filter(([, { status }]) => status === SeatStatus.revealed).map(([place]) => place);
  expect([...seatOutputs].sort()).toEqual(shown.sort());
}

/** The places of a panel that somebody holds. */
const placesOf = ({ taskId, n }: Panel, seats: Census['seats']): readonly string[] =>
  Array.from({ length: n }, (_, i) => `${taskId}/${i}`).filter((place) => seats.has(place));

/** When nothing waits for the kernels, their table and the registry say the same. */
function checkKernels({ chain, models, kernelOps, modelTable }: Census): void {
  expect(kernelOps).toEqual({
    models: chain.modelOps,
    anchors: chain.anchorOps,
    attestations: chain.attestationOps,
  });
  if (chain.modelOps > 0 || chain.modelSlots === 0) return;
  const slots = modelTable.flatMap((page) =>
    Array.from({ length: page.length / ModelRegistryEntry.SIZE }, (_, i) =>
      ModelRegistryEntry.at(page.slice(i * ModelRegistryEntry.SIZE, (i + 1) * ModelRegistryEntry.SIZE)),
    ),
  );
  expect(slots.length).toBe(chain.modelSlots);
  const described = slots
    .filter(({ Occupied }) => Occupied !== 0)
    .map((slot) =>
      [slot.ModelRoot, slot.WeightHash, slot.LicenseRoot, slot.OwnerAddr]
        .map(bytesToHex)
        .join()
        .concat(` ${slot.Version}`),
    );
  const registered = models.map((model) =>
    [model.modelRoot, model.weightHash, model.licenseRoot, model.owner]
      .map(bytesToHex)
      .join()
      .concat(` ${model.version}`),
  );
  expect(described.sort()).toEqual(registered.sort());
}

/** Tasks in the order of a list, each once. */
function orderOf(
  queue: Census['queue'],
  head: string,
): { readonly order: readonly string[]; readonly last: string } {
  const order: string[] = [];
  let previous = '';
  for (let id = head; id !== '' && order.length <= queue.size; id = queue.get(id)?.next ?? '') {
    expect(queue.get(id)?.previous).toBe(previous);
    order.push(id);
    previous = id;
  }
  return { order, last: previous };
}

/** One list holds the pending tasks, the other the panels whose seats are drawn, each once. */
function checkQueue({ chain, tasks, queue, panels }: Census): void {
  const waiting = orderOf(queue, chain.queueHead);
  const drawing = orderOf(queue, chain.drawHead);
  expect([chain.queueTail, chain.drawTail]).toEqual([waiting.last, drawing.last]);
  expect([chain.queueCount, chain.drawCount]).toEqual([waiting.order.length, drawing.order.length]);
  const pending = tasks.filter(({ status }) => status === TaskStatus.pending).map(({ id }) => id);
  expect([...waiting.order].sort()).toEqual([...pending].sort());
  const drawn = panels
    .filter(({ taskId, phase }) => phase === PanelPhase.drawing && !pending.includes(taskId))
    .map(({ taskId }) => taskId);
  expect([...drawing.order].sort()).toEqual(drawn.sort());
  expect(queue.size).toBe(waiting.order.length + drawing.order.length);
  expect(chain.queueCursor === '' || waiting.order.includes(chain.queueCursor)).toBe(true);
  expect(chain.drawCursor === '' || drawing.order.includes(chain.drawCursor)).toBe(true);
}

type Held = readonly [slot: Task['stepTimer'], kind: number];

function stepOf(task: Task): readonly Held[] {
  if (task.status === TaskStatus.pending || task.n > 0) return [];
  if (task.status === TaskStatus.assigned) {
    return [
      [task.stepTimer, TimerKind.taskTimeout],
      [task.windowTimer, TimerKind.windowEnd],
    ];
  }
  return task.settlement === Settlement.posted ? [[task.stepTimer, TimerKind.windowEnd]] : [];
}

/** A begun panel holds a slot for each step that may still come. */
function panelTimersOf({ kind, round, phase, drawn, timers }: Panel): readonly Held[] {
  const draw: Held = [timers.draw, TimerKind.drawEnd];
  const commit: Held = [timers.commit, TimerKind.commitEnd];
  const redraw: Held = [timers.redraw, TimerKind.drawEnd];
  const recommit: Held = [timers.recommit, TimerKind.commitEnd];
  const reveal: Held = [timers.reveal, TimerKind.revealEnd];
  if (phase === PanelPhase.revealing) return [reveal];
  const isWaiting = kind === PanelKind.redundant && round === 0 && drawn === 0;
  if (phase === PanelPhase.drawing && isWaiting) return [];
  if (round === 1) return phase === PanelPhase.drawing ? [redraw, recommit, reveal] : [recommit, reveal];
  const rest = [commit, redraw, recommit, reveal];
  return phase === PanelPhase.drawing ? [draw, ...rest] : rest;
}

function checkTimers({ chain, tasks, timers, panels }: Census, height: number): void {
  const held = [...timers].filter(([, { kind }]) => kind !== TimerKind.free);
  expect(chain.timersPending).toBe(held.length);
  for (const [slot] of timers) expect(Number(slot.split('/')[0])).toBeGreaterThan(height);
  const expected = tasks
    .filter(({ status }) => isOpen(status))
    .flatMap((task) => {
      const panel = panels.find(({ taskId }) => taskId === task.id);
      const ofPanel = panel === undefined ? [] : panelTimersOf(panel);
      const deadline: Held = [task.deadlineTimer, TimerKind.taskDeadline];
      return [deadline, ...stepOf(task), ...ofPanel]
        .filter(([slot, kind]) => slot.height > height || kind !== TimerKind.taskDeadline)
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
  checkOwned(census);
  checkPanels(census);
  checkListSeats(census);
  checkKernels(census);
  checkQueue(census);
  checkTimers(census, height);
  checkRewards(census);
  checkWeights(census);
  checkAttestations(census);
}
