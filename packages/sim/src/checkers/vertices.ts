import type { StatelessVertex } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import type { Operation } from '@aivm/core/tx';
import type { CreateChecker } from './checker.ts';

/** The task that an operation names, read from its members and not by the code that is checked. */
function taskOf(operation: Operation): string | undefined {
  if (operation.kind === 'submitTask') return operation.id;
  return 'taskId' in operation ? operation.taskId : undefined;
}

/**
 * Vertices commute: blocks execute each once, after its parents, and of two of an epoch about one task only such as
 * stand over one another. Otherwise what a task became would depend on who heard of which vertex first.
 */
export const createVerticesChecker: CreateChecker = ({ fail }) => {
  /** Executed vertices by hex id, with all that they stand over. */
  const executed = new Map<string, ReadonlySet<string>>();
  /** Executed vertices with a transaction about a task, by epoch and task: after its epochs a vertex is forgotten. */
  const aboutTask = new Map<string, Set<string>>();
  const offered = new Set<string>();

  function below({ parents }: StatelessVertex, name: string): Set<string> {
    const all = new Set<string>();
    for (const id of parents) {
      const parent = bytesToHex(id);
      const ofParent = executed.get(parent);
      if (ofParent === undefined) fail(`vertex ${name} was executed before its parent ${parent}`);
      all.add(parent);
      for (const one of ofParent ?? []) all.add(one);
    }
    return all;
  }

  function add(vertex: StatelessVertex): void {
    const name = bytesToHex(vertex.id);
    if (executed.has(name)) fail(`vertex ${name} was executed twice`);
    const own = below(vertex, name);
    const tasks = new Set(vertex.transactions.flatMap(({ operation }) => taskOf(operation) ?? []));
    for (const task of tasks) {
      const key = `${vertex.epoch}/${task}`;
      const others = aboutTask.get(key) ?? new Set();
      for (const other of others) {
        if (!own.has(other)) fail(`vertices ${other} and ${name} are both about task ${task}, on no one way`);
      }
      aboutTask.set(key, others.add(name));
    }
    executed.set(name, own);
    for (const { id } of vertex.transactions) offered.add(bytesToHex(id));
  }

  return {
    name: 'vertices',
    onBlock({ block: { vertices, transactions, vertexTransactionCount } }) {
      for (const vertex of vertices) add(vertex);
      for (const { id } of transactions.slice(0, vertexTransactionCount)) {
        if (!offered.has(bytesToHex(id))) fail(`transaction ${bytesToHex(id)} is of no vertex of the block`);
      }
    },
  };
};
