import { AivmError } from '@aivm/core/errors';
import { explainTask, receiptFileToJson, stringifyJson, type Task } from '@aivm/sdk';
import { OpenaiError } from '../openai/openai-error.ts';
import { modeOf } from '../tasks/task-desk.ts';
import { baseOf, type GatewayCall, type GatewayContext } from './gateway-context.ts';

async function readTask(c: GatewayCall, { desk }: GatewayContext): Promise<Task> {
  const id = c.req.param('id') ?? '';
  const { client } = desk.connectionOf(c.get('key'));
  return client.getTask(id).catch((cause: unknown) => {
    if (!(cause instanceof AivmError) || cause.code !== 'task_not_found') throw cause;
    throw new OpenaiError(`no task "${id}" on this chain`, {
      ...{ status: 404, type: 'invalid_request_error', code: 'task_not_found', param: 'id' },
    });
  });
}

/** `GET /v1/tasks/:id`: where a task is, and why. */
export async function serveTask(c: GatewayCall, context: GatewayContext): Promise<Response> {
  const task = await readTask(c, context);
  const { id, model, status, settlement, usable, verifiable } = task;
  return c.json({
    ...{ id, object: 'aivm.task', model, status, settlement, usable, verifiable },
    mode: modeOf(task),
    why: explainTask(task),
    provider: task.assigned_to ?? null,
    final_at_height: task.final_at_height ?? null,
    receipt: `${baseOf(context, c)}/v1/tasks/${id}/receipt`,
    receipt_index: task.receipt_index ?? null,
  });
}

/** `GET /v1/tasks/:id/receipt`: the receipt with its proof, as `aivm receipt verify` takes it. */
export async function serveReceipt(c: GatewayCall, context: GatewayContext): Promise<Response> {
  const task = await readTask(c, context);
  if (task.receipt_index === undefined)
    throw new OpenaiError(`task "${task.id}" has no receipt: ${explainTask(task)}`, {
      ...{ status: 404, type: 'invalid_request_error', code: 'no_receipt', param: 'id' },
    });
  const { client } = context.desk.connectionOf(c.get('key'));
  const file = await client.getReceiptProof(task.receipt_index);
  return c.body(stringifyJson(receiptFileToJson(file)), 200, { 'content-type': 'application/json' });
}
