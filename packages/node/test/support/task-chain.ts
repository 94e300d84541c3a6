import { createVertex, type StatelessBlock, type StatelessVertex } from '@aivm/core/block';
import { buildBlock, runInt8Kernel } from '@aivm/core/execute';
import { readChain, readModel, readTask, readWeights } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { Chain } from '../../src/chain/chain.ts';
import {
  challenge,
  registerProvider,
  submitResult,
  submitTask,
  type TestAccount,
  transfer,
} from './test-genesis.ts';

/** Builds, verifies and accepts one block of these transactions. */
export async function acceptBlock(
  chain: Chain,
  transactions: readonly Transaction[] = [],
  vertices: readonly StatelessVertex[] = [],
): Promise<StatelessBlock> {
  const parent = chain.accepted();
  const timestamp = parent.header.timestamp + 1;
  const { block, dropped, postponed } = buildBlock({ parent, timestamp, candidates: transactions, vertices });
  if (dropped.length + postponed.length > 0) throw new Error(`left out: ${dropped[0]?.error.message}`);
  chain.verify(block);
  await chain.accept(block.id);
  return block;
}

/** The right output of the int8 model for an input. */
export function int8Output(chain: Chain, input: Uint8Array): Uint8Array {
  const model = readModel(chain.state, 'wdbc-int8');
  const weights = model && readWeights(chain.state, model.weightHash);
  if (weights === undefined) throw new Error('no int8 model in this genesis');
  return runInt8Kernel(weights.parameters, input);
}

/** A provider registers, answers the task `done`, is challenged without reason and paid; `open`, of a vertex, stays assigned. */
export async function runTaskChain(chain: Chain, people: readonly TestAccount[]): Promise<void> {
  const [requester, operator, other] = people as [TestAccount, TestAccount, TestAccount];
  for (const person of people) person.nonce = 0n;
  await acceptBlock(chain, [operator.sign(registerProvider('p-1', operator.address))]);
  await acceptBlock(chain, [requester.sign(submitTask('done')), other.sign(transfer(requester.address, 9n))]);
  await acceptBlock(chain);
  if (readTask(chain.state, 'done')?.assignedTo !== 'p-1') throw new Error('the task was not drawn');
  const output = int8Output(chain, new Uint8Array(32));
  await acceptBlock(chain, [operator.sign(submitResult('done', 'p-1', output))]);
  await acceptBlock(chain, [other.sign(challenge('done', Uint8Array.of((output[0] ?? 0) ^ 1), output))]);
  for (let i = 0; i < 6; i++) await acceptBlock(chain);
  const open = requester.sign(submitTask('open', { model: 'qwen3-8b' }));
  const { chainId, genesisHash } = readChain(chain.state);
  const place = { chainId, genesisHash, parents: [], height: 0, epoch: 0 };
  const vertex = createVertex({ ...place, transactions: [open] });
  await acceptBlock(chain, [], [vertex]);
  await acceptBlock(chain);
}
