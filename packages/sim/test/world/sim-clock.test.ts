import { describe, expect, it } from 'vitest';
import { Random } from '../../src/world/random.ts';
import { SimClock } from '../../src/world/sim-clock.ts';

const START = 1_000;
const clockOf = (seed = 'clock'): SimClock => new SimClock(START, Random.of(seed));

describe('the simulated clock', () => {
  it('runs what is due in the order of its time, and of equal times in the order in which it was set', async () => {
    const clock = clockOf();
    const seen: string[] = [];
    const at = (ms: number, name: string): void =>
      void clock.after(ms, () => void seen.push(`${name} at ${clock.now()}`));
    for (const [ms, name] of [
      [30, 'c'],
      [10, 'a'],
      [20, 'b1'],
      [20, 'b2'],
      [50, 'late'],
      [0, 'now'],
    ] as const)
      at(ms, name);
    await clock.advance(START + 30);
    expect(seen).toEqual(['now at 1000', 'a at 1010', 'b1 at 1020', 'b2 at 1020', 'c at 1030']);
    expect(clock.now()).toBe(START + 30);
    await clock.advance(START + 49);
    expect(seen).toHaveLength(5);
    await clock.advance(START + 50);
    expect(seen.at(-1)).toBe('late at 1050');
  });

  it('keeps the order of a thousand random alarms', async () => {
    const clock = clockOf();
    const random = Random.of('alarms');
    const expected: { readonly ms: number; readonly order: number }[] = [];
    const seen: number[] = [];
    for (let order = 0; order < 1_000; order++) {
      const ms = random.below(200);
      expected.push({ ms, order });
      clock.after(ms, () => void seen.push(order));
    }
    await clock.advance(START + 200);
    expected.sort((left, right) => left.ms - right.ms || left.order - right.order);
    expect(seen).toEqual(expected.map(({ order }) => order));
  });

  it('lets what an alarm begins go on before the next one', async () => {
    const clock = clockOf();
    const seen: string[] = [];
    const wait = async (): Promise<void> => {
      await clock.delay(10);
      seen.push(`woke at ${clock.now()}`);
      await Promise.resolve();
      seen.push('went on');
      await clock.delay(5);
      seen.push(`woke again at ${clock.now()}`);
    };
    void wait();
    clock.after(11, () => void seen.push('the next alarm'));
    await clock.advance(START + 100);
    expect(seen).toEqual(['woke at 1010', 'went on', 'the next alarm', 'woke again at 1015']);
  });

  it('does not run what was taken back', async () => {
    const clock = clockOf();
    const seen: string[] = [];
    const takeBack = clock.after(10, () => void seen.push('late'));
    clock.after(5, takeBack);
    await clock.advance(START + 20);
    expect(seen).toEqual([]);
  });

  it('aborts a signal when its time is over, and not before', async () => {
    const clock = clockOf();
    const signal = clock.timeout(10);
    await clock.advance(START + 9);
    expect(signal.aborted).toBe(false);
    await clock.advance(START + 10);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('draws equal chances from equal seeds', () => {
    const draws = (seed: string): number[] => {
      const clock = clockOf(seed);
      return Array.from({ length: 20 }, () => clock.random());
    };
    expect(draws('one')).toEqual(draws('one'));
    expect(draws('one')).not.toEqual(draws('two'));
    for (const draw of draws('one')) expect(draw >= 0 && draw < 1).toBe(true);
  });
});
