import { AivmError } from '@aivm/core/errors';
import { challengeBondOf } from '@aivm/core/execute';
import type { Client } from '../client/create-client.ts';
import type { TransactionInfo } from '../schemas/transaction.ts';
import type { Sender } from '../sender/create-sender.ts';
import type { FactsReader } from './model-facts.ts';
import { inputToBytes } from './model-payload.ts';

/** What is held against a posted answer. */
export interface DisputeOptions {
  /** What is right: int8 of an int8-kernel model, JSON of an opaque one, or bytes. */
  readonly output: unknown;
  /** What is staked; the least that the chain takes when left out. */
  readonly bond?: bigint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Challenges the posted answer of a task with the right one, and stakes a bond on it.
 * @throws AivmError `not_supported` for networks, `wrong_state` where no answer is posted, or the chain's refusal
 */
export async function openDispute(
  {
    client,
    facts,
    sender,
  }: {
    readonly client: Client;
    readonly facts: FactsReader;
    readonly sender: () => Promise<Sender>;
  },
  id: string,
  { output, bond, signal }: DisputeOptions,
): Promise<TransactionInfo> {
  const calls = signal === undefined ? {} : { signal };
  const task = await client.getTask(id, calls);
  if (task.check_class === 'int8-graph')
    throw new AivmError(
      'not_supported',
      `task "${id}": an answer of a network is disputed by a game; run: aivm watch`,
    );
  if (task.settlement !== 'posted' || task.output_hash === undefined)
    throw new AivmError(
      'wrong_state',
      `task "${id}": its settlement is ${task.settlement}; only a posted answer can be disputed`,
    );
  const model = await facts.getModel(task.model);
  const { params, config } = await facts.getConfig();
  const operation = {
    kind: 'challenge',
    taskId: id,
    attempt: task.attempt,
    panel: task.panels,
    inputHash: task.input_hash,
    weightHash: task.weight_hash,
    postedHash: task.output_hash,
    output: await inputToBytes(output, model),
    bond: bond ?? challengeBondOf({ params, config }, task.fee),
  } as const;
  return (await sender()).send(operation, calls);
}
