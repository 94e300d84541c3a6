import { readProvider, readTask, type TaskRecord } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { createBudget, drawProviders } from '../../../src/execute/assignment/candidates.ts';
import { createContext } from '../../../src/execute/block/execute-block.ts';
import { type BlockContext, writeProvider } from '../../../src/execute/context/block-context.ts';
import { NO_DRAW } from '../../../src/state/records/task.ts';
import { BOND, opaqueModel, register, submit, user } from '../panel-scenario.ts';
import { type Person, person, TestChain } from '../test-chain.ts';

const HONEST = Array.from({ length: 10 }, (_, i) => person(100 + i));
const ATTACKERS = Array.from({ length: 5 }, (_, i) => person(150 + i));
const PANELS = 2_000;
const SEATS = 5;
const named = (people: readonly Person[], letter: string): readonly (readonly [string, Person])[] =>
  people.map((by, i) => [`${letter}${i}`, by]);

/** A chain on which all fifteen operators serve one opaque model, and one task of it. */
function open(): { readonly chain: TestChain; readonly task: TaskRecord } {
  const chain = new TestChain({}, [user, ...HONEST, ...ATTACKERS]);
  chain.must(user, opaqueModel);
  for (const [id, by] of [...named(HONEST, 'h'), ...named(ATTACKERS, 'a')]) {
    chain.must(by, register(id, by, ['adder']));
  }
  chain.must(user, submit({ model: 'adder' }));
  const task = readTask(chain.state, 't');
  if (task === undefined) throw new Error('no task');
  return { chain, task };
}

const contextOf = (chain: TestChain): BlockContext =>
  createContext(chain.parent, { timestamp: chain.tip.header.timestamp + 1 });

/** Who sits on each of PANELS panels, by provider id. */
const drawAll = (context: BlockContext, task: TaskRecord): readonly (readonly string[])[] =>
  Array.from({ length: PANELS }, (_, i) => {
    const place = { panel: 1, round: 0, seat: 0, excluded: [], draw: NO_DRAW } as const;
    const vacancy = { task: { ...task, id: `task-${i}` }, kind: 'seat', ...place } as const;
    return drawProviders(context, vacancy, createBudget(1_000), SEATS).found.map(({ id }) => id);
  });

/** Who is to answer each of 50 tasks alone, by provider id. */
const drawAlone = (context: BlockContext, task: TaskRecord): readonly (string | undefined)[] =>
  Array.from({ length: 50 }, (_, i) => {
    const place = { panel: 0, round: 0, seat: 0, excluded: [], draw: NO_DRAW } as const;
    const vacancy = { task: { ...task, id: `one-${i}` }, kind: 'assignment', ...place } as const;
    return drawProviders(context, vacancy, createBudget(1_000), 1).found[0]?.id;
  });

/** Everything that an attacker can make an honest provider have: full queues, a bond that is all reserved or penalised. */
function keepBusy(context: BlockContext, id: string): void {
  const provider = readProvider(context.state, id);
  if (provider === undefined) throw new Error(`no provider ${id}`);
  writeProvider(context, {
    ...provider,
    assigned: Array.from({ length: 10 }, (_, i) => `held-${i}`),
    seats: Array.from({ length: 256 }, (_, i) => `seat-${i}`),
    uncommittedSeats: 256,
    openResults: context.params.maxOpenResults,
    bond: BOND / 3n,
    reserved: BOND / 3n,
  });
}

const choose = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((product, factor) => product * factor, 1);

/** The chance of at least three attackers among five seats drawn from ten honest operators and five attackers. */
const CAPTURE = [3, 4, 5].reduce((sum, k) => sum + choose(5, k) * choose(10, 5 - k), 0) / choose(15, 5);

describe('the lottery for seats', () => {
  const { chain, task } = open();
  const panels = drawAll(contextOf(chain), task);

  it('seats five different operators', () => {
    for (const panel of panels) expect(new Set(panel).size).toBe(SEATS);
  });

  it('gives attackers a majority as often as chance does, within two standard deviations', () => {
    const captured = panels.filter((panel) => panel.filter((id) => id.startsWith('a')).length >= 3).length;
    const deviation = Math.sqrt(CAPTURE * (1 - CAPTURE) * PANELS);
    expect(CAPTURE).toBeCloseTo(0.1668, 3);
    expect(Math.abs(captured - CAPTURE * PANELS)).toBeLessThan(2 * deviation);
  });

  it('does not move by one seat when every honest member is kept busy', () => {
    const context = contextOf(chain);
    for (const [id] of named(HONEST, 'h')) keepBusy(context, id);
    expect(drawAll(context, task)).toEqual(panels);
  });

  it('leaves out members whose bond is below a quarter of the least bond', () => {
    const context = contextOf(chain);
    const poor = readProvider(context.state, 'a0');
    if (poor === undefined) throw new Error('no provider');
    writeProvider(context, { ...poor, bond: BOND / 4n });
    expect(drawAll(context, task)).toEqual(panels);
    writeProvider(context, { ...poor, bond: BOND / 4n - 1n });
    expect(drawAll(context, task).flat()).not.toContain('a0');
  });

  it('still asks capacity of a provider that is to answer alone', () => {
    const context = contextOf(chain);
    for (const [id] of named(HONEST, 'h')) keepBusy(context, id);
    for (const id of drawAlone(context, task)) expect(id?.startsWith('a')).toBe(true);
  });

  it('gives work to a provider whose bond is penalised, from a quarter of the least bond on', () => {
    const context = contextOf(chain);
    const bondAll = (bond: bigint): void => {
      for (const [id] of [...named(HONEST, 'h'), ...named(ATTACKERS, 'a')]) {
        const provider = readProvider(context.state, id);
        if (provider !== undefined) writeProvider(context, { ...provider, bond });
      }
    };
    bondAll(BOND - 1n);
    expect(drawAlone(context, task)).not.toContain(undefined);
    bondAll(BOND / 4n);
    expect(drawAlone(context, task)).not.toContain(undefined);
    bondAll(BOND / 4n - 1n);
    expect(new Set(drawAlone(context, task))).toEqual(new Set([undefined]));
  });
});
