import { readProvider, readTask } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { createBudget, drawProviders, type Vacancy } from '../../../src/execute/assignment/candidates.ts';
import { createContext } from '../../../src/execute/block/execute-block.ts';
import { challengeWindowBlocks, longestPanelBlocks } from '../../../src/execute/context/durations.ts';
import { panelSeats } from '../../../src/execute/tasks/terms.ts';
import { NO_DRAW } from '../../../src/state/records/task.ts';
import { open, operators, submit, user } from '../panel-scenario.ts';
import type { Person, TestChain } from '../test-chain.ts';

const first = operators[0] as Person;

/** Whether the only provider of a model can be drawn for a vacancy, `blocks` after the next one. */
function isDrawn(chain: TestChain, kind: Vacancy['kind'], blocks: number): boolean {
  const { header } = chain.parent;
  const at = { ...chain.parent, header: { ...header, height: header.height + blocks } };
  const context = createContext(at, { timestamp: header.timestamp + 1 });
  const task = readTask(chain.state, 't');
  if (task === undefined) throw new Error('no task');
  const vacancy = { task, kind, panel: 1, round: 0, seat: 0, excluded: [], draw: NO_DRAW };
  return drawProviders(context, vacancy, createBudget(10), 1).found.length === 1;
}

describe('a provider that begins to leave', () => {
  const chain = open(1, ['adder'], { params: { development: true, unbondBlocks: 20_000 } });
  // More seats than there are members, so that the task waits.
  chain.must(user, submit({ model: 'adder', n: 3 }));
  const before = (['assignment', 'seat', 'committee'] as const).map((kind) => isDrawn(chain, kind, 0));
  chain.must(first, { kind: 'beginUnbond', id: 'p0' });

  it('is drawn for tasks and panels no more, at once', () => {
    expect(before).toEqual([true, true, true]);
    expect(isDrawn(chain, 'assignment', 0)).toBe(false);
    expect(isDrawn(chain, 'seat', 0)).toBe(false);
  });

  it('judges for as long as a window and the longest panel take, and no block longer', () => {
    const { config, params } = createContext(chain.parent, { timestamp: chain.tip.header.timestamp + 1 });
    const blocks = challengeWindowBlocks(config) + longestPanelBlocks(config, params, panelSeats(config));
    expect(readProvider(chain.state, 'p0')?.withdrawableAtHeight).toBe(chain.height + params.unbondBlocks);
    // It left in this chain's last block; the next one is one later.
    expect(isDrawn(chain, 'committee', 0)).toBe(true);
    expect(isDrawn(chain, 'committee', blocks - 2)).toBe(true);
    expect(isDrawn(chain, 'committee', blocks - 1)).toBe(false);
  });
});
