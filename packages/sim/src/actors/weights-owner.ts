import { equalBytes, ZERO_32 } from '@aivm/core/bytes';
import { runInt8Kernel } from '@aivm/core/execute';
import {
  CheckClass,
  readModel,
  readTask,
  readTaskInput,
  readWeights,
  Settlement,
  type StateReader,
} from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { identityOf } from '../world/identity.ts';
import type { Actor, View } from './actor.ts';
import { claimFacts } from './named-facts.ts';
import { challengeStake } from './watcher.ts';

const GENESIS_MODEL = 'wdbc-int8';
const ROUNDS_BETWEEN_TASKS = 3;
const ROUNDS_BETWEEN_TRIES = 5;
const UPDATE_PER_MILLE = 150;
const INPUT_BYTES = 32;

const registration = (id: string, weights: Uint8Array): OperationOf<'registerModel'> => ({
  kind: 'registerModel',
  id,
  name: id,
  modelType: 'classifier',
  capabilities: [],
  contextSize: 0,
  parameters: '598',
  checkClass: CheckClass.int8Kernel,
  deterministic: true,
  header: new Uint8Array(),
  weights,
  weightHash: ZERO_32,
  licenseRoot: ZERO_32,
});

const taskOf = (id: string, model: string, view: View): OperationOf<'submitTask'> => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model,
  input: view.random.bytes(INPUT_BYTES),
  fee: 5_000_000n,
  mode: 0,
  maxAdmission: 0n,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 30n,
});

const weightsOf = (state: StateReader, model: string): Uint8Array | undefined => {
  const record = readModel(state, model);
  return record && readWeights(state, record.weightHash)?.parameters;
};

/** Accusations of answers by the weights that the model has now, where the task bound others. */
function* accusations(view: View, model: string): Iterable<OperationOf<'challenge'>> {
  const now = readModel(view.state, model);
  const weights = weightsOf(view.state, model);
  for (const event of view.events) {
    if (event.kind !== 'task' || event.reason !== 'posted') continue;
    const task = readTask(view.state, event.taskId);
    const input = readTaskInput(view.state, event.taskId);
    if (task?.model !== model || task.settlement !== Settlement.posted || input === undefined) continue;
    if (weights === undefined || now === undefined || equalBytes(task.weightHash, now.weightHash)) continue;
    const claim = { output: runInt8Kernel(weights, input), bond: challengeStake(view, task.fee) };
    yield { kind: 'challenge', ...claimFacts(task), ...claim };
  }
}

/**
 * Owns an int8 model and changes its weights between the steps of its own tasks: between submission and answer, answer
 * and judgement. It accuses by the weights that the model has now, not by those that the task bound.
 */
export function weightsOwner(name: string): Actor {
  const me = identityOf(`owner/${name}`);
  const model = `bait-${name}`;
  let made = 0;
  return {
    kind: 'weights-owner',
    isHonest: false,
    identities: [me],
    act(view) {
      const genuine = weightsOf(view.state, GENESIS_MODEL);
      if (view.isDraining || genuine === undefined) return;
      if (readModel(view.state, model) === undefined) {
        if (view.round % ROUNDS_BETWEEN_TRIES !== 1) return;
        if (view.submit(me, registration(model, genuine)) === '') view.note('register');
        return;
      }
      for (const accusation of accusations(view, model)) {
        const code = view.submit(me, accusation);
        view.note(code === '' ? 'accuse' : `accuse-${code}`);
      }
      if (view.random.chance(UPDATE_PER_MILLE)) {
        const mask = view.random.pick([0, 0x11, 0x55]);
        const weights = genuine.map((byte) => byte ^ mask);
        const update = { kind: 'updateModelWeights', id: model, weights, weightHash: ZERO_32 } as const;
        if (view.submit(me, update) === '') view.note('update');
      }
      if (view.round % ROUNDS_BETWEEN_TASKS !== 0) return;
      view.submit(me, taskOf(`${name}.${made++}`, model, view));
    },
  };
}
