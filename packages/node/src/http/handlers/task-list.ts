import { readTask, TASK_STATUS_NAMES, type TaskRecord } from '@aivm/core/state';
import type { RouteAnswer, Routes, RouteValue, Task } from '@aivm/sdk';
import type { NodeApi } from '../../local/node-api.ts';
import { payloadBytes, showTask } from '../../views/record-views.ts';
import type { HandlerContext } from '../handler.ts';
import { PAGE_LIMIT, showEach } from './list-page.ts';

/**
 * Bytes of inputs and outputs that one page shows. Beyond it a page ends early, with a cursor: a hundred tasks of 64 KiB
 * are 20 MB of JSON.
 */
const PAGE_PAYLOAD_BYTES = 256 * 1_024;

type Query = RouteValue<Routes['listTasks'], 'query'>;

/** The tasks of one page, each read when it is asked for. Says where the next page begins. */
class TaskPage implements Iterable<TaskRecord> {
  nextCursor: string | undefined;
  readonly #node: NodeApi;
  readonly #query: Query;

  constructor(node: NodeApi, query: Query) {
    this.#node = node;
    this.#query = query;
    this.nextCursor = query.cursor;
  }

  *[Symbol.iterator](): Iterator<TaskRecord> {
    const limit = Math.max(1, this.#query.limit ?? PAGE_LIMIT);
    let bytes = 0;
    for (let count = 0; count < limit && bytes < PAGE_PAYLOAD_BYTES; count++) {
      const { items, nextCursor } = this.#next();
      this.nextCursor = nextCursor;
      const [id] = items;
      // None after a long search that found nothing: the page is short, and has a cursor.
      if (id === undefined) return;
      const task = readTask(this.#node.state(), id);
      if (task !== undefined) {
        bytes += payloadBytes(this.#node, task);
        yield task;
      }
      if (nextCursor === undefined) return;
    }
  }

  #next() {
    const { status, model, provider } = this.#query;
    const cursor = this.nextCursor;
    return this.#node.blocks.listTasks({
      limit: 1,
      status: status && TASK_STATUS_NAMES.indexOf(status),
      model,
      provider,
      cursor,
    });
  }
}

/** A page of tasks, newest first. */
export async function listTasks(
  query: Query,
  { node, log }: HandlerContext,
): Promise<RouteAnswer<Routes['listTasks']>> {
  const page = new TaskPage(node, query);
  const tasks: Task[] = await showEach(page, (task) => showTask(node, task), { node, log, list: 'tasks' });
  return { tasks, next_cursor: page.nextCursor };
}
