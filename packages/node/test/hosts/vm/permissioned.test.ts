import { attestationBinding, attestationNonce, KIND_NUMBER } from '@aivm/core/attestation';
import { concatBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { genesisModels, runInt8Kernel, signSessionResult } from '@aivm/core/execute';
import {
  DefaultPermissionedConfig,
  isUsable,
  readTask,
  Settlement,
  type TaskRecord as Task,
  TaskStatus,
} from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import { makeSnp, NOW, TEST_POLICY } from '@aivm/test-authority';
import { expect, it } from 'vitest';
import { VM } from '../../../src/hosts/vm/vm.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import {
  people,
  registerProvider,
  submitResult,
  submitTask,
  TEST_CHAIN_ID,
  type TestAccount,
  testGenesis,
  transfer,
} from '../../support/test-genesis.ts';

const crowd = people(3);
const [alice, bob, session] = crowd as [TestAccount, TestAccount, TestAccount];
const chainId = TEST_CHAIN_ID;
const INPUT = new Uint8Array(32);
/** What runs on the test processors: an answer is trusted of workloads that genesis lists. */
const WORKLOAD = { kind: 'snp', measurement: '4d'.repeat(48) };

function rightOutput(): Uint8Array {
  const model = genesisModels().find(({ id }) => id === 'wdbc-int8');
  if (model === undefined) throw new Error('no such genesis model');
  return runInt8Kernel(model.weights, INPUT);
}

/** A VM of a permissioned chain that names the test roots, with a clock of its own. */
async function openPermissioned() {
  const clock = { ms: NOW * 1_000 };
  const vm = new VM({ nowMs: () => clock.ms });
  const genesis = testGenesis(crowd, {
    timestamp: NOW,
    config: DefaultPermissionedConfig(),
    attestation: { testRoots: TEST_POLICY.testRoots, policy: { measurements: [WORKLOAD] } },
  });
  await vm.initialize({ store: new MemoryStore(), genesis });
  const node = vm.node();
  /** Puts one operation into a block. Gives '' or why it was refused. */
  const apply = async (by: TestAccount, operation: Operation): Promise<string> => {
    clock.ms += 1_000;
    const tx = by.sign(operation, node.nextNonce(by.address));
    try {
      node.submitTransaction(tx.bytes);
    } catch (error) {
      if (error instanceof AivmError) return error.code;
      throw error;
    }
    const block = await vm.buildBlock();
    await block.verify();
    await block.accept();
    const status = node.getTransaction(tx.id);
    return status?.state === 'accepted' ? status.outcome.code : 'pending';
  };
  const taskOf = (id: string): Task => {
    const task = readTask(node.state(), id);
    if (task === undefined) throw new Error(`no task ${id}`);
    return task;
  };
  return { vm, node, apply, taskOf };
}

/** Evidence of a test processor for `operator`, made for the head's id. */
function evidenceFor(operator: Uint8Array, blockId: Uint8Array, nonceHeight: number): Operation {
  const nonce = attestationNonce({ chainId, operator, blockId });
  const sessionKey = session.address;
  const binding = attestationBinding({ chainId, operator, nonce, kind: 'snp', sessionKey });
  const { report, chain } = makeSnp({ reportData: concatBytes(binding, new Uint8Array(32)) }).evidence;
  return {
    kind: 'submitAttestation',
    provider: 'p',
    nonceHeight,
    sessionKey,
    processors: [{ kind: KIND_NUMBER.snp, report, chain }],
    gpus: [],
    statements: [],
    lists: [],
    documents: [],
    manifests: [],
    responses: [],
  };
}

it('a permissioned chain admits attested providers only, and their results are usable at once', async () => {
  const { vm, node, apply, taskOf } = await openPermissioned();
  expect(node.config).toEqual(DefaultPermissionedConfig());
  expect(await apply(bob, registerProvider('p', bob.address))).toBe('attestation_refused');
  expect(vm.getProviders()).toEqual([]);

  const { id, header } = node.lastAccepted();
  expect(await apply(bob, evidenceFor(bob.address, id, header.height))).toBe('');
  expect(await apply(bob, registerProvider('p', bob.address))).toBe('');
  expect(vm.getProviders()).toMatchObject([{ id: 'p', trust_score: 70 }]);

  expect(await apply(alice, submitTask('t', { input: INPUT }))).toBe('');
  expect(taskOf('t').mode).toBe(2);
  for (let i = 0; i < 5 && taskOf('t').status !== TaskStatus.assigned; i++) {
    await apply(alice, transfer(bob.address));
  }
  const { attempt, assignedTo, inputHash } = taskOf('t');
  expect(assignedTo).toBe('p');
  const output = rightOutput();
  const { genesisHash } = node;
  const signed = { genesisHash, taskId: 't', attempt, outputHash: namedHash('Output', output) };
  const sessionSignature = signSessionResult(signed, session.privateKey);
  expect(await apply(bob, { ...submitResult('t', 'p', output), attempt, inputHash, sessionSignature })).toBe(
    '',
  );
  const task = taskOf('t');
  expect([task.settlement, isUsable(node.state(), task)]).toEqual([Settlement.posted, true]);
  expect(vm.getTask('t')).toMatchObject({ usable: true });
  await vm.shutdown();
});
