import { ModeMultiPartyRedundant, readTask, TaskStatus } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import { identityOf } from '../world/identity.ts';
import type { Random } from '../world/random.ts';
import { ECHO_MODEL } from '../world/sim-chain.ts';
import { NETWORK_INPUT_BYTES, NETWORK_MODEL } from '../world/sim-network.ts';
import type { Actor, View } from './actor.ts';

export interface RequesterOptions {
  readonly name: string;
  /** Tasks a hundred rounds, about. */
  readonly per100Rounds: number;
  /** Chances in a thousand of each kind; the rest are int8 tasks of one provider. */
  readonly redundantPerMille?: number;
  readonly echoPerMille?: number;
  readonly opaquePerMille?: number;
  readonly cancelPerMille?: number;
  /** Tasks of the integer network, out of a thousand. */
  readonly networkPerMille?: number;
}

const FEE_UNIT = 1_000_000n;
const INPUT_BYTES = 32;
const NETWORK_FEE = 1_000_000_000n;

const networkTask = (id: string, random: Random): Operation => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: NETWORK_MODEL,
  input: random.bytes(NETWORK_INPUT_BYTES),
  fee: NETWORK_FEE,
  mode: 0,
  maxAdmission: 0n,
  n: 0,
  maxNew: 0,
  deadlineBlocks: BigInt(random.between(20, 45)),
});

/** The next task of a requester. */
export function taskOf(view: Pick<View, 'random'>, id: string, options: RequesterOptions): Operation {
  const { random } = view;
  if ((options.networkPerMille ?? 0) > 0 && random.chance(options.networkPerMille ?? 0))
    return networkTask(id, random);
  const isRedundant = random.chance(options.redundantPerMille ?? 0);
  const draw = random.below(1_000);
  const echo = options.echoPerMille ?? 0;
  const model =
    draw < echo
      ? ECHO_MODEL
      : draw < echo + (options.opaquePerMille ?? 0) && !isRedundant
        ? 'zen-mini-0.5b'
        : 'wdbc-int8';
  return {
    kind: 'submitTask',
    id,
    taskType: 'inference',
    model,
    input: random.bytes(INPUT_BYTES),
    fee: FEE_UNIT * BigInt(random.between(3, 40)),
    mode: isRedundant ? ModeMultiPartyRedundant : 0,
    maxAdmission: 0n,
    n: 0,
    maxNew: 0,
    deadlineBlocks: BigInt(random.between(20, 45)),
  };
}

/** Buys computation at a steady pace, sometimes takes a waiting task back. */
export function requester(options: RequesterOptions): Actor {
  const me = identityOf(`requester/${options.name}`);
  let made = 0;
  return {
    kind: 'requester',
    isHonest: true,
    identities: [me],
    act(view) {
      if (view.isDraining) return;
      const whole = Math.floor(options.per100Rounds / 100);
      const wanted = whole + (view.random.below(100) < options.per100Rounds % 100 ? 1 : 0);
      for (let i = 0; i < wanted; i++) {
        const id = `${options.name}.${made}`;
        if (view.submit(me, taskOf(view, id, options)) !== '') continue;
        made += 1;
        view.note('submit');
      }
      if (made === 0 || !view.random.chance(options.cancelPerMille ?? 0)) return;
      const taskId = `${options.name}.${made - 1}`;
      if (readTask(view.state, taskId)?.status !== TaskStatus.pending) return;
      if (view.submit(me, { kind: 'cancelTask', taskId }) === '') view.note('cancel');
    },
  };
}
