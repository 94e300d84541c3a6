import {
  createVertex,
  jobIdOf,
  type StatelessVertex,
  vertexSequence,
  verticesConflict,
} from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import { OPERATIONS, type Operation, signTransaction } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import { ConflictFinder, isVertexAncestor } from '../../src/block/vertex-conflicts.ts';

const KEYS = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill));
let nonce = 0n;

const PLACE = { chainId: 1n, genesisHash: new Uint8Array(32) } as const;

/** A vertex about these jobs, over these parents. */
function about(jobs: readonly string[], parents: readonly StatelessVertex[] = [], by = 0): StatelessVertex {
  const operations: readonly Operation[] =
    jobs.length > 0
      ? jobs.map((taskId) => ({ kind: 'cancelTask', taskId }))
      : [{ kind: 'heartbeat', id: 'p' }];
  return createVertex({
    ...PLACE,
    parents: parents.map(({ id }) => id),
    height: parents.reduce((height, parent) => Math.max(height, parent.height + 1), 0),
    epoch: 0,
    transactions: operations.map((operation) =>
      signTransaction({ ...PLACE, nonce: nonce++, expiry: 0n, operation }, KEYS[by] as Uint8Array),
    ),
  });
}

const lookup = (...vertices: StatelessVertex[]) => {
  const byId = new Map(vertices.map((vertex) => [bytesToHex(vertex.id), vertex]));
  return (id: Uint8Array): StatelessVertex | undefined => byId.get(bytesToHex(id));
};

describe('the job of an operation', () => {
  const JOBS: Readonly<Record<string, string>> = {
    submitTask: 'id',
    cancelTask: 'taskId',
    submitResult: 'taskId',
    commitResult: 'taskId',
    revealResult: 'taskId',
    challenge: 'taskId',
    disputeMove: 'taskId',
  };

  it.each(Object.keys(OPERATIONS))('%s', (kind) => {
    const operation = { kind, id: 'the id', taskId: 'the task', provider: 'p' } as unknown as Operation;
    const expected = { id: 'the id', taskId: 'the task' }[JOBS[kind] ?? ''];
    expect(jobIdOf(operation)).toBe(expected);
  });
});

describe('two vertices', () => {
  const root = about(['a']);
  const left = about(['b'], [root]);
  const right = about(['b', 'c'], [root]);
  const top = about(['b', 'a'], [left, right]);
  const alone = about(['a'], [], 1);
  const plain = about([]);
  const find = lookup(root, left, right, top, alone, plain);

  it.each([
    ['that are about other jobs do not conflict', root, left, false],
    ['about one job conflict beside each other', left, right, true],
    ['about one job conflict also at other heights', alone, top, true],
    ['about one job at the same height without parents conflict', root, alone, true],
    ['about one job do not conflict where one comes after the other', root, top, false],
    ['do not conflict where one is the other’s child', left, top, false],
    ['without jobs never conflict', plain, about([], [], 2), false],
    ['do not conflict when they are one', left, left, false],
  ] as const)('%s', (_, one, other, expected) => {
    expect(verticesConflict(one, other, find)).toBe(expected);
    expect(verticesConflict(other, one, find)).toBe(expected);
  });

  it('are ancestor and descendant over any way, and only downwards', () => {
    expect(isVertexAncestor(root, top, find)).toBe(true);
    expect(isVertexAncestor(top, root, find)).toBe(false);
    expect(isVertexAncestor(alone, top, find)).toBe(false);
    // What lies between is not known: the way is not found.
    expect(isVertexAncestor(root, top, lookup(root, top))).toBe(false);
  });

  it('are found in a list where they conflict', () => {
    const conflictOf = (...vertices: StatelessVertex[]): string | undefined => {
      const finder = new ConflictFinder();
      for (const vertex of vertices) {
        const job = finder.find(vertex);
        if (job !== undefined) return job;
        finder.add(vertex);
      }
      return undefined;
    };
    expect(conflictOf(root, left, about(['c'], [root]))).toBeUndefined();
    expect(conflictOf(root, left, right)).toBe('b');
    expect(conflictOf(root, alone)).toBe('a');
    const chain = [about(['x'])];
    for (let i = 0; i < 80; i++) chain.push(about(['x'], [chain.at(-1) as StatelessVertex]));
    expect(conflictOf(...chain)).toBeUndefined();
    expect(conflictOf(...chain, about(['x'], [chain[78] as StatelessVertex]))).toBe('x');
  });
});

describe('the sequence of vertices', () => {
  const parentId = new Uint8Array(32).fill(9);
  const ids = (vertices: readonly StatelessVertex[]): readonly string[] =>
    vertexSequence(parentId, vertices).map(({ id }) => bytesToHex(id));

  it('has ancestors first, and each transaction once, where the lowest vertex has it', () => {
    const low = about(['a', 'b']);
    const again = createVertex({ ...about([], [low]), transactions: [...low.transactions] });
    const high = about(['c'], [again]);
    const sequence = ids([high, again, low]);
    expect(new Set(sequence)).toEqual(new Set(ids([low]).concat(ids([high]))));
    expect(sequence.at(-1)).toBe(bytesToHex(high.transactions[0]?.id as Uint8Array));
    expect(ids([low, again])).toEqual(ids([low]));
  });

  it('does not depend on who carries what at one height', () => {
    const [one, two, three] = [about(['a'], [], 0), about(['b'], [], 1), about(['c'], [], 2)];
    const all = [one, two, three].flatMap(({ transactions }) => transactions);
    const joined = createVertex({ ...one, transactions: all });
    expect(ids([three, one, two])).toEqual(ids([joined]));
  });
});
