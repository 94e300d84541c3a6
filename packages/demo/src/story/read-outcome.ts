import { type Client, receiptFileToJson, type Task, verifyReceiptFile } from '@aivm/sdk';
import { DEMO_MODEL, rowOf } from './cast.ts';
import type { DemoOutcome, DemoTask } from './demo-outcome.ts';

const PAGE_LIMIT = 100;

const toDemoTask = (task: Task): DemoTask => ({
  row: rowOf(task.id),
  output: Array.isArray(task.output) ? Number(task.output[0]) : undefined,
  provider: task.assigned_to ?? '',
  settlement: task.settlement,
  receiptIndex: task.receipt_index,
});

/** What the chain says became of every row, in the order of the rows. */
export async function readTasks(client: Client, signal: AbortSignal): Promise<readonly DemoTask[]> {
  const tasks: DemoTask[] = [];
  let cursor: string | undefined;
  do {
    const query = { model: DEMO_MODEL, limit: PAGE_LIMIT, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.listTasks(query, { signal });
    for (const task of page.tasks) tasks.push(toDemoTask(task));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return tasks.sort((a, b) => a.row - b.row);
}

/** Fetches one receipt as a file and checks it as somebody without a node would. */
export async function checkReceipt(
  client: Client,
  tasks: readonly DemoTask[],
  signal: AbortSignal,
): Promise<DemoOutcome['receipt']> {
  const index = tasks.find((task) => task.receiptIndex !== undefined)?.receiptIndex;
  if (index === undefined) return undefined;
  const file = receiptFileToJson(await client.getReceiptProof(index, {}, { signal }));
  return { index, isValid: verifyReceiptFile(file).isValid };
}
