import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackendKind } from '@aivm/backends';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { COMPILING, compilePlugin, createWorkDirectory, missingTool } from './compile.ts';
import { smallTableCalls, type TableCall } from './halves-calls.ts';
import { expectSameTable, type OpenPlugin, openHalves } from './halves-plugin.ts';

vi.setConfig(COMPILING);

const CASES = Number(process.env.AIVM_FUZZ_CASES ?? 600);
const [BLOCK_OPS, OPS_MEANWHILE] = [16, 4];
const NEVER = 2 ** 31 - 1;
const [NOBODY, BY_THE_CLOCK] = [-1, 2];
const KERNELS = ['attestationApply', 'provenanceApply'] as const;

/** A call of which two threads share every op, unless something else than its keys keeps them from it. */
const call: TableCall = {
  kernel: 'attestationApply',
  slots: 1024,
  ops: 200,
  keys: 90,
  spread: 'anywhere',
  taken: 0,
  seed: 7,
};

const title = `a second thread that comes late or is held up (${missingTool ?? 'compiled'})`;

describe.skipIf(missingTool)(title, () => {
  const work = createWorkDirectory();
  let plugin: OpenPlugin;
  /** For the next call: looks in vain, the side and the meeting where it is late. */
  let steer: (looks: number, side: number, meeting: number) => void;
  /** From now on waits for nobody; how many helpers are in use with `more`. */
  let setProcessors: (count: number, more: number) => number;

  beforeAll(() => {
    const path = compilePlugin({
      kind: BackendKind.AvailableHIP,
      path: join(work.path, 'steered.so'),
      bodies: {},
      macros: {
        AIVM_BLOCK_OPS: BLOCK_OPS,
        AIVM_OPS_WORTH_A_THREAD: BLOCK_OPS + 1,
        AIVM_OPS_MEANWHILE: OPS_MEANWHILE,
      },
      pair: fileURLToPath(new URL('./steered-pair.c', import.meta.url)),
    });
    plugin = openHalves(path, '2');
    delete process.env.AIVM_CPU_THREADS;
    steer = plugin.func('steer', 3);
    setProcessors = plugin.func('set_processors', 2);
  });
  beforeEach(() => steer(0, NOBODY, 0));
  afterAll(() => {
    plugin.close();
    work.remove();
  });

  /** Makes the call, compares every byte, and says how many ops were shared. */
  function sharedOf(change: Partial<TableCall> = {}): number {
    plugin.takeShared();
    expectSameTable(plugin.backend, { ...call, ...change });
    return plugin.takeShared();
  }

  describe.each(KERNELS)('%s', (kernel) => {
    test.each([0, 1, 2, 3, 4, 7, 25, 48, 49])('the first thread applies ops during %i looks', (looks) => {
      steer(looks, NOBODY, 0);
      expect(sharedOf({ kernel })).toBe(call.ops - OPS_MEANWHILE * looks);
    });

    test.each([50, 51, NEVER])('and all of them during %i: the second one leaves without a run', (looks) => {
      steer(looks, NOBODY, 0);
      expect(sharedOf({ kernel })).toBe(0);
      steer(0, NOBODY, 0);
      expect(sharedOf({ kernel })).toBe(call.ops);
    });

    // Meeting 1 is before the first block; every block has two more. Who is late in a block ends with it.
    test.each([0, 1].flatMap((side) => [1, 2, 3, 4, 5, 12, 13, 24, 25].map((at) => [side, at] as const)))(
      'side %i is late at meeting %i: one thread applies what is left',
      (side, meeting) => {
        const shared = BLOCK_OPS * Math.floor(meeting / 2);
        for (const looks of [0, 3]) {
          steer(looks, side, meeting);
          expect(sharedOf({ kernel })).toBe(Math.min(call.ops - OPS_MEANWHILE * looks, shared));
        }
      },
    );
  });

  test('every byte is as the reference has it, whatever the keys, the first op and the meeting', () => {
    let [whole, parts, none] = [0, 0, 0];
    const steering = fc.record({
      looks: fc.integer({ min: 0, max: 40 }),
      side: fc.constantFrom(NOBODY, 0, 1),
      meeting: fc.integer({ min: 1, max: 60 }),
    });
    const property = fc.property(smallTableCalls, steering, (random, { looks, side, meeting }) => {
      steer(looks, side, meeting);
      const shared = sharedOf(random);
      if (shared === 0) none++;
      else if (shared === Math.max(0, random.ops - OPS_MEANWHILE * looks)) whole++;
      else parts++;
    });
    fc.assert(property, { numRuns: CASES });
    for (const seen of [whole, parts, none]) expect(seen).toBeGreaterThan(CASES / 20);
  });

  test('who waited too long by the clock ends the sharing, but not where two threads are demanded', () => {
    steer(0, BY_THE_CLOCK, 0);
    expect(sharedOf()).toBe(call.ops);
    setProcessors(2, 0);
    expect(sharedOf()).toBe(0);
  });

  test('no more helpers than processors beside the first one, and each is given back', () => {
    expect(setProcessors(1, 0)).toBe(0);
    expect(sharedOf()).toBe(0);
    expect(setProcessors(2, 0)).toBe(0);
    for (let i = 0; i < 3; i++) expect(sharedOf()).toBe(call.ops);
    expect(setProcessors(2, 1)).toBe(1);
    for (let i = 0; i < 3; i++) expect(sharedOf()).toBe(0);
    expect(setProcessors(3, 0)).toBe(1);
    expect(sharedOf()).toBe(call.ops);
    expect(setProcessors(2, -1)).toBe(0);
    expect(sharedOf()).toBe(call.ops);
  });
});
