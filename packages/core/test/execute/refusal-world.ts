import { readAccount } from '@aivm/core/state';
import {
  alice,
  answer,
  bob,
  carol,
  challenge,
  complete,
  dave,
  eve,
  frank,
  inputOf,
  mallory,
  people,
  poor,
  registerModel,
  registerProvider,
  submitResult,
  submitTask,
  untilAssigned,
  wrongOutput,
} from './scenario.ts';
import { disgrace, TestChain } from './test-chain.ts';

/** What accounts have that can pay a fee and little more. */
const POCKET = 10n ** 12n;

/**
 * A chain in which most things have happened. Providers: p-mallory (convicted), p-frank (unbonding), p-dave (serves
 * the opaque models only), p-bob (serves all), p-eve (serves the lonely model, and is drawn for nothing). Tasks: void and done (completed), cancelled, held (assigned to p-bob), retried
 * (p-dave failed it), plain and agreed (posted opaque results), posted (posted by p-bob), lonely (waits).
 */
export function createRefusalWorld(): TestChain {
  const chain = new TestChain(
    {
      config: {
        challengeWindowBlocks: 100,
        taskTimeout: '150s',
        maxProvidersPerNode: 1,
        maxTaskQueueSize: 6,
      },
      params: {
        development: true,
        unbondBlocks: 400,
        maxInputBytes: 1_000,
        maxOutputBytes: 1_000,
        modelDeposit: 10n ** 15n,
      },
    },
    people,
  );
  chain.must(alice, registerModel('opaque-lonely'));
  chain.must(eve, registerProvider(eve, 'p-eve', { models: ['opaque-lonely', 'wdbc-int8'] }));
  disgrace(chain, eve);
  chain.must(mallory, registerProvider(mallory, 'p-mallory'));
  chain.must(alice, submitTask('void'));
  answer(chain, 'void', wrongOutput(inputOf(1)));
  chain.must(eve, challenge('void'));

  chain.must(alice, registerModel('opaque-plain'));
  chain.must(alice, registerModel('opaque-deterministic', { deterministic: true }));
  const gpu = { model: 'x', memoryGb: 1, tflops: '', available: true, temperature: '', utilization: '' };
  const gpus = [gpu, gpu, gpu, gpu];
  chain.must(frank, registerProvider(frank, 'p-frank', { models: ['opaque-plain'] }));
  chain.must(frank, { kind: 'beginUnbond', id: 'p-frank' });
  const models = ['opaque-plain', 'opaque-deterministic'];
  chain.must(dave, registerProvider(dave, 'p-dave', { models, gpus }));
  chain.must(dave, { kind: 'heartbeat', id: 'p-dave' });
  chain.must(bob, registerProvider(bob, 'p-bob', { gpus }));
  chain.must(bob, { kind: 'transfer', to: poor.address, amount: POCKET });

  answer(chain, 'void');
  complete(chain, 'done');
  chain.must(alice, submitTask('retried', { model: 'opaque-plain' }));
  untilAssigned(chain, 'retried');
  chain.must(dave, submitResult('retried', 'p-dave', { output: new Uint8Array(), error: 'out of memory' }));
  chain.must(alice, submitTask('cancelled', { model: 'opaque-lonely' }));
  chain.must(alice, { kind: 'cancelTask', taskId: 'cancelled' });
  chain.must(alice, submitTask('plain', { model: 'opaque-plain' }));
  answer(chain, 'plain', Uint8Array.of(1, 2));
  chain.must(alice, submitTask('agreed', { model: 'opaque-deterministic' }));
  answer(chain, 'agreed', Uint8Array.of(1, 2));
  chain.must(alice, submitTask('posted'));
  answer(chain, 'posted');
  chain.must(carol, submitTask('lonely', { model: 'opaque-lonely' }));
  chain.must(alice, submitTask('held'));
  untilAssigned(chain, 'held');
  const spare = readAccount(chain.state, dave.address).balance - POCKET;
  chain.must(dave, { kind: 'transfer', to: carol.address, amount: spare });
  return chain;
}
