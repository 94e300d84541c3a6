import { createBlock } from '@aivm/core/block';
import { verifyBlock } from '@aivm/core/execute';
import { AIVMEpochState, AIVMTransitionResult, AuditAnchor, ModelRegistryEntry } from '@aivm/core/layout';
import { readChain, readModel, stateKeys } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import { describe, expect, test } from 'vitest';
import { createContext } from '../../src/execute/block/execute-block.ts';
import { updateChain } from '../../src/execute/context/block-context.ts';
import { queueAnchorIfDue } from '../../src/execute/epochs/anchors.ts';
import { person, TestChain } from './test-chain.ts';

const owner = person(1);
const HOUR = 3_600;

const opaque = (id: string): Operation => ({
  kind: 'registerModel',
  id,
  name: id,
  modelType: 'function',
  capabilities: [],
  contextSize: 0,
  parameters: '12',
  checkClass: 0,
  deterministic: true,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: new Uint8Array(32).fill(1),
  licenseRoot: new Uint8Array(32),
});

/** The model table as it lies in the state, page by page. */
function modelTable(chain: TestChain): Uint8Array[] {
  const { modelSlots } = readChain(chain.state);
  return Array.from({ length: modelSlots / 64 }, (_, page) =>
    chain.state.get(stateKeys.tablePage(1, page)),
  ).flatMap((page) =>
    page === undefined
      ? []
      : Array.from({ length: 64 }, (_, i) =>
          page.slice(i * ModelRegistryEntry.SIZE, (i + 1) * ModelRegistryEntry.SIZE),
        ),
  );
}

const entryOf = (chain: TestChain, id: string) => {
  const root = readModel(chain.state, id)?.modelRoot;
  return modelTable(chain)
    .map((bytes) => ModelRegistryEntry.at(bytes))
    .find((entry) => entry.Occupied !== 0 && root !== undefined && Buffer.from(root).equals(entry.ModelRoot));
};

describe('a kernel round', () => {
  test('mirrors the registry when the epoch closes, and the header commits to it', () => {
    const chain = new TestChain({}, [owner]);
    chain.mine([chain.sign(owner, opaque('m1'))]);
    expect(chain.tip.header.aivmStateRoot).toEqual(new Uint8Array(32));
    // Those of genesis were applied before it.
    expect(readChain(chain.state)).toMatchObject({ modelOps: 1, modelEntries: 4, kernelOpsFirst: 4 });
    chain.mine();
    expect(readChain(chain.state)).toMatchObject({ modelOps: 0, modelEntries: 5 });
    chain.mine([], HOUR);
    const first = chain.tip.header.aivmStateRoot;
    expect(first).not.toEqual(new Uint8Array(32));
    expect(entryOf(chain, 'm1')).toMatchObject({ Version: 1n, ParameterCount: 12n });
    expect(entryOf(chain, 'wdbc-int8')).toMatchObject({ ParameterCount: 545n });
    const update = (weightHash: Uint8Array): Operation => ({
      kind: 'updateModelWeights',
      id: 'm1',
      weights: new Uint8Array(),
      weightHash,
    });
    chain.mine([chain.sign(owner, update(new Uint8Array(32).fill(2)))]);
    expect(entryOf(chain, 'm1')?.Version).toBe(1n);
    chain.mine();
    expect(entryOf(chain, 'm1')).toMatchObject({ Version: 2n });
    expect(chain.tip.header.aivmStateRoot).toEqual(first);
    chain.mine([], HOUR);
    expect(chain.tip.header.aivmStateRoot).not.toEqual(first);
    expect(readChain(chain.state).modelOps).toBe(0);
  });

  test('takes 16 changes of a model in one epoch, so that no owner fills the list of all', () => {
    const chain = new TestChain({}, [owner]);
    chain.mine([chain.sign(owner, opaque('m1'))]);
    const update: Operation = { kind: 'updateModelLicense', id: 'm1', licenseRoot: new Uint8Array(32) };
    chain.mine(Array.from({ length: 17 }, (_, i) => chain.sign(owner, update, BigInt(i))));
    expect(chain.last.outcomes.map(({ code }) => code)).toEqual([...Array(16).fill(''), 'table_full']);
    chain.mine([], HOUR);
    expect(chain.apply(owner, update)).toBe('');
  });

  test('leaves anchors out where an epoch has more than its table takes', () => {
    const chain = new TestChain({ config: { merkleAnchorFreq: 1 } }, [owner]);
    const context = createContext(chain.parent, { timestamp: 1_000_001 });
    updateChain(context, () => ({ anchorSlots: 65_535 }));
    queueAnchorIfDue(context);
    const before = readChain(context.state);
    expect(before.anchorOps).toBe(1);
    queueAnchorIfDue({ ...context, height: chain.height + 2 });
    expect(readChain(context.state)).toEqual(before);
  });

  test('belongs to the epoch that closed, and names the one that opens', () => {
    const chain = new TestChain({}, [owner]);
    for (const open of [1n, 2n]) {
      chain.mine([], HOUR);
      expect(readChain(chain.state).epoch).toBe(open);
      const state = AIVMEpochState.at(chain.state.get(stateKeys.epochState()) ?? new Uint8Array(160));
      expect(state.CurrentEpoch).toBe(open);
    }
  });

  test('counts nanoseconds, so a block beyond the year 2554 is refused', () => {
    const chain = new TestChain({}, [owner]);
    const last = 18_446_744_073;
    expect(() => chain.build([], last + 1 - 1_000_000)).toThrow(RangeError);
    const { header, transactions } = chain.build([], 1).block;
    const block = createBlock({ ...header, timestamp: last + 1 }, transactions);
    expect(() => verifyBlock({ parent: chain.parent, block })).toThrow(/timestamp: 18446744074, at most/);
    chain.mine([], last - 1_000_000);
    expect(chain.tip.header.timestamp).toBe(last);
  });

  test('grows the table without losing a model', () => {
    const chain = new TestChain({ params: { maxBlockWork: 4_000_000 } }, [owner]);
    chain.mine();
    expect(readChain(chain.state).modelSlots).toBe(64);
    const ids = Array.from({ length: 90 }, (_, i) => `m${i}`);
    chain.mine(ids.map((id, i) => chain.sign(owner, opaque(id), BigInt(i))));
    expect(chain.last.outcomes.every(({ code }) => code === '')).toBe(true);
    chain.mine();
    expect(readChain(chain.state)).toMatchObject({ modelSlots: 256, modelEntries: 94 });
    for (const id of [...ids, 'wdbc-int8', 'qwen3-8b']) expect(entryOf(chain, id)).toBeDefined();
  });

  test('anchors extend each other across epochs', () => {
    const chain = new TestChain({ config: { merkleAnchorFreq: 5 } }, [owner]);
    const anchors: Uint8Array[] = [];
    for (let i = 0; i < 30; i++) {
      chain.mine([], i % 11 === 10 ? HOUR : 1);
      for (const event of chain.last.events) {
        if (event.kind !== 'anchor') continue;
        expect(event.parentRoot).toEqual(anchors.at(-1) ?? new Uint8Array(32));
        expect(event.commitRoot).toEqual(chain.tip.header.receiptsRoot);
        anchors.push(event.commitRoot);
      }
    }
    expect(anchors).toHaveLength(6);
    chain.mine();
    const last = chain.state.get(stateKeys.lastAnchor());
    expect(AuditAnchor.at(last ?? new Uint8Array(128)).Height).toBe(30n);
    expect(AIVMTransitionResult.SIZE).toBe(192);
  });
});

describe('the operations that wait for the kernels', () => {
  const register = (chain: TestChain, from: number, count: number): void => {
    const ids = Array.from({ length: count }, (_, i) => `m${from + i}`);
    chain.mine(ids.map((id, i) => chain.sign(owner, opaque(id), BigInt(i))));
    expect(chain.last.outcomes.every(({ code }) => code === '')).toBe(true);
  };

  test('are applied oldest first, kernelOpsPerBlock in a block, and none by the one that closes the epoch', () => {
    const chain = new TestChain({ params: { kernelOpsPerBlock: 3 } }, [owner]);
    register(chain, 0, 6);
    // Four of genesis, of which this block applied three.
    expect(readChain(chain.state)).toMatchObject({ modelOps: 7, kernelOpsFirst: 3 });
    chain.mine();
    expect(readChain(chain.state)).toMatchObject({ modelOps: 4, kernelOpsFirst: 6 });
    expect(['m0', 'm1', 'm2', 'm3'].map((id) => entryOf(chain, id) !== undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    chain.mine([], HOUR);
    expect(readChain(chain.state)).toMatchObject({ modelOps: 4, epoch: 1n });
    expect(AIVMEpochState.at(chain.state.get(stateKeys.epochState()) as Uint8Array).ActiveModelCount).toBe(6);
    chain.mine();
    chain.mine();
    expect(readChain(chain.state)).toMatchObject({ modelOps: 0, modelEntries: 10 });
    chain.mine([], HOUR);
    expect(AIVMEpochState.at(chain.state.get(stateKeys.epochState()) as Uint8Array).ActiveModelCount).toBe(
      10,
    );
  });

  test('give the same tables in parts as at once', () => {
    const tables = [1, 7, 256].map((kernelOpsPerBlock) => {
      const params = { kernelOpsPerBlock, maxBlockWork: 4_000_000 };
      const chain = new TestChain({ config: { merkleAnchorFreq: 3 }, params }, [owner]);
      register(chain, 0, 60);
      chain.must(owner, {
        kind: 'updateModelWeights',
        id: 'm7',
        weights: new Uint8Array(),
        weightHash: new Uint8Array(32).fill(5),
      });
      chain.mineUntil(90);
      return modelTable(chain).map((slot) => Buffer.from(slot).toString('hex'));
    });
    expect(tables[0]).toHaveLength(128);
    expect(tables[1]).toEqual(tables[0]);
    expect(tables[2]).toEqual(tables[0]);
  });

  test('cost a block what it applies, however many wait and however large the table is', () => {
    const chain = new TestChain({ params: { kernelOpsPerBlock: 2, maxBlockWork: 8_000_000 } }, [owner]);
    register(chain, 0, 120);
    chain.mineUntil(80);
    expect(readChain(chain.state)).toMatchObject({ modelOps: 0, modelSlots: 256 });
    register(chain, 200, 20);
    chain.mine();
    const pages = [...chain.last.writes.keys()].filter((key) => key.startsWith('42'));
    expect(pages.length).toBeGreaterThan(0);
    expect(pages.length).toBeLessThanOrEqual(2);
  });
});
