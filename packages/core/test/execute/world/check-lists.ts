import { bytesToHex } from '@aivm/core/bytes';
import { ProviderStatus } from '@aivm/core/state';
import { expect } from 'vitest';
import { PanelPhase } from '../../../src/state/records/panel.ts';
import type { Census } from './census.ts';

/** Every provider that has not left is noted with its operator, or was, until its operator was convicted. */
export function checkOwned({ providers, owned, convicted, operators }: Census): void {
  for (const [operator, ids] of owned) {
    const own = providers.filter((provider) => bytesToHex(provider.operator) === operator);
    const there = own.filter(({ status, withdrawableAtHeight, bond }) =>
      status === ProviderStatus.slashed
        ? withdrawableAtHeight === 0 || bond > 0n
        : status !== ProviderStatus.withdrawn,
    );
    if (operators.get(operator)?.convicted !== true)
      expect([...ids].sort()).toEqual(there.map(({ id }) => id).sort());
    else if (!convicted.includes(operator)) {
      expect(ids).toEqual([]);
      expect(own.every(({ listed }) => !listed)).toBe(true);
    }
  }
}

/** The seats that lists have open are those of begun panels that have not committed. */
export function checkListSeats({ tasks, panels, listSeats }: Census): void {
  const expected = new Map<string, number>();
  for (const { taskId, phase, timers, n, committed, ofAll } of panels) {
    if (phase === PanelPhase.revealing || timers.reveal.height === 0) continue;
    const model = tasks.find(({ id }) => id === taskId)?.model ?? 'no task';
    const all = Math.min(ofAll, n - committed);
    for (const [list, count] of [
      ['', all],
      [model, n - committed - all],
    ] as const)
      if (count > 0) expected.set(list, (expected.get(list) ?? 0) + count);
  }
  expect([...listSeats].sort()).toEqual([...expected].sort());
}
