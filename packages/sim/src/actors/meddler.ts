import { utf8ToBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import {
  CheckClass,
  ModeTEEAttested,
  PanelPhase,
  readModel,
  readPanel,
  readSeat,
  readTask,
  SeatStatus,
  Settlement,
  Vote,
} from '@aivm/core/state';
import { type Operation, TX_BYTES_MAX } from '@aivm/core/tx';
import { type Identity, identityOf } from '../world/identity.ts';
import type { Actor, View } from './actor.ts';
import { claimFacts, seatFacts } from './named-facts.ts';
import { ProviderActor } from './provider-kit.ts';
import { challengeStake } from './watcher.ts';

/** Nobody asks for it in the scenarios where meddlers are, so that what is registered for it is never drawn. */
const IDLE_MODEL = 'qwen3-8b';
/** Nonces ahead of a gap that it tries to take; a simulated pool keeps fewer of one sender. */
const AHEAD = 16;

const transfer = (view: View, amount: bigint): Operation => ({
  kind: 'transfer',
  to: view.random.bytes(20),
  amount,
});

const registerProvider = (
  id: string,
  me: Identity,
  terms: { readonly bond: bigint; readonly models: readonly string[] },
): Operation => ({
  kind: 'registerProvider',
  id,
  walletAddress: me.address,
  endpoint: 'sim:',
  gpus: [],
  ...terms,
});

const registerModel = (id: string, checkClass: CheckClass): Operation => ({
  kind: 'registerModel',
  id,
  name: id,
  modelType: 'test',
  capabilities: [],
  contextSize: 0,
  parameters: '0',
  checkClass,
  deterministic: false,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: keccak256(utf8ToBytes(id)),
  licenseRoot: ZERO_32,
});

const submitTask = (id: string, change: Partial<Extract<Operation, { kind: 'submitTask' }>>): Operation => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: 'wdbc-int8',
  input: ZERO_32,
  fee: 5_000_000n,
  mode: 0,
  maxAdmission: 0n,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 20n,
  ...change,
});

type Attempt = (view: View, me: Identity, own: string) => string;

/** Each is something that nobody may do, or that only an owner may; a few are what an owner does. */
const ATTEMPTS: readonly Attempt[] = [
  // One registration more than an operator may hold, and some that lack something.
  (view, me, own) => {
    const terms = { bond: view.config.minProviderBond, models: [IDLE_MODEL] };
    let code = '';
    for (let i = 0; code === '' || code === 'id_taken'; i++) {
      code = view.submit(me, registerProvider(`${own}.${i}`, me, terms));
    }
    return code;
  },
  (view, me, own) =>
    view.submit(me, registerProvider(`${own}.all`, me, { bond: view.config.minProviderBond, models: [] })),
  (view, _me, own) => {
    const stranger = identityOf(`stranger/${own}`);
    return view.submit(stranger, registerProvider(`${own}.poor`, stranger, { bond: 1n, models: [] }));
  },
  (view, _me, own) => {
    const stranger = identityOf(`stranger/${own}`);
    const bond = view.config.minProviderBond;
    return view.submit(
      stranger,
      registerProvider(`${own}.odd`, stranger, { bond, models: ['no-such-model'] }),
    );
  },
  // Things that are not there, or another's.
  (view, me) => view.submit(me, { kind: 'heartbeat', id: 'nobody' }),
  (view, me) => view.submit(me, { kind: 'cancelTask', taskId: 'nothing' }),
  (view, me) => view.submit(me, { kind: 'updateModelLicense', id: 'no-such-model', licenseRoot: ZERO_32 }),
  (view, me) => view.submit(me, { kind: 'transferModel', id: 'wdbc-int8', owner: me.address }),
  // Modes and classes that this chain does not offer, and more bytes than anything may have.
  (view, me, own) => view.submit(me, submitTask(`${own}.tee`, { mode: ModeTEEAttested })),
  (view, me, own) => view.submit(me, submitTask(`${own}.dear`, { maxAdmission: 1n })),
  (view, me, own) => view.submit(me, submitTask(`${own}.rich`, { fee: view.config.minProviderBond / 4n })),
  (view, me, own) => view.submit(me, registerModel(`${own}.class`, 9 as CheckClass)),
  (view) => view.send(new Uint8Array(TX_BYTES_MAX + 1)),
  // Two transactions of one nonce and price, and more than a pool keeps of one sender.
  (view, me) => {
    const nonce = view.nextNonce(me);
    view.send(view.sign(me, transfer(view, 1n), { nonce }));
    return view.send(view.sign(me, transfer(view, 2n), { nonce }));
  },
  (view, me) => {
    const first = view.nextNonce(me) + 1n;
    let code = '';
    for (let i = 0n; i < AHEAD && code !== 'pool_full'; i++) {
      code = view.send(view.sign(me, transfer(view, 1n), { nonce: first + i }));
    }
    return code;
  },
  // A challenge after the end, and one that stakes too little.
  (view, me) => challengeOne(view, me, Settlement.final),
  (view, me) => challengeOne(view, me, Settlement.posted),
  challengeStale,
];

/** Challenges a task of the last blocks that is where it is asked for, for a bond that is too small while it is open. */
function challengeOne(view: View, me: Identity, settlement: Settlement): string {
  for (const event of view.events) {
    if (event.kind !== 'task') continue;
    const task = readTask(view.state, event.taskId);
    if (task === undefined || task.settlement !== settlement || task.checkClass !== CheckClass.int8Kernel)
      continue;
    const bond = settlement === Settlement.posted ? 1n : challengeStake(view, task.fee);
    return view.submit(me, {
      kind: 'challenge',
      ...claimFacts(task),
      output: Uint8Array.of(1),
      bond,
    });
  }
  return 'nothing';
}

/** Challenges the open result of a task for other weights than those that the task bound. */
function challengeStale(view: View, me: Identity): string {
  for (const event of view.events) {
    const task = event.kind === 'task' ? readTask(view.state, event.taskId) : undefined;
    if (task?.settlement !== Settlement.posted) continue;
    const bond = challengeStake(view, task.fee);
    const claim = { ...claimFacts(task), weightHash: ZERO_32, output: Uint8Array.of(1) };
    return view.submit(me, { kind: 'challenge', ...claim, bond });
  }
  return 'nothing';
}

/** Shows what it committed to before it is time. */
function revealEarly(view: View, taskId: string, id: string, me: Identity): void {
  const panel = readPanel(view.state, taskId);
  const task = readTask(view.state, taskId);
  if (task === undefined || panel === undefined || panel.phase === PanelPhase.revealing) return;
  for (let position = 0; position < panel.n; position++) {
    const seat = readSeat(view.state, taskId, position);
    if (seat?.provider !== id || seat.status !== SeatStatus.committed) continue;
    const code = view.submit(me, {
      kind: 'revealResult',
      ...seatFacts(task, panel, { seat, position }),
      provider: id,
      vote: Vote.output,
      output: Uint8Array.of(1),
      computeTimeMs: 1n,
      salt: ZERO_32,
    });
    view.note(`early-${code}`);
  }
}

/** An owner's own changes: of the model that it registered, and of its provider. */
function changeOwn(view: View, me: Identity, own: string): void {
  const id = `${own}.model`;
  const model = readModel(view.state, id);
  if (model === undefined) {
    view.submit(me, registerModel(id, CheckClass.opaque));
    return;
  }
  const weightHash = keccak256(view.random.bytes(8));
  view.submit(
    me,
    view.random.pick([
      { kind: 'updateModelWeights', id, weights: new Uint8Array(), weightHash },
      { kind: 'updateModelLicense', id, licenseRoot: weightHash },
      { kind: 'transferModel', id, owner: me.address },
    ] as const),
  );
}

/**
 * Tries everything that the other actors have no reason to: registrations beyond its share, what is not there or not
 * its own, reveals before their time, challenges after theirs. Nothing of it may have an effect; beside that it works
 * honestly, and changes what is its own.
 */
export function meddler(id: string): Actor {
  const me = identityOf(`meddler/${id}`);
  let round = 0;
  const provider = new ProviderActor({
    kind: 'meddler',
    isHonest: false,
    id,
    habits: {
      also(view, record, operator) {
        for (const taskId of record.seats) revealEarly(view, taskId, id, operator);
        if (view.isDraining || view.round % 40 !== 0) return;
        view.submit(operator, { kind: 'addBond', id, amount: 1_000n });
        view.submit(operator, {
          kind: 'updateProvider',
          id,
          walletAddress: operator.address,
          endpoint: `sim:${view.round}`,
          gpus: record.gpus,
          // Half of a requester's cheapest fees: it is left out of few draws.
          leastFee: view.round % 80 === 0 ? 4_000_000n : 0n,
        });
      },
    },
  });
  return {
    kind: 'meddler',
    isHonest: false,
    identities: [...provider.identities, me, identityOf(`stranger/${id}`)],
    act(view) {
      provider.act(view);
      if (view.isDraining) return;
      if (view.round % 25 === 0) changeOwn(view, me, id);
      if (view.round % 5 !== 0) return;
      const attempt = ATTEMPTS[round++ % ATTEMPTS.length];
      const code = attempt?.(view, me, id);
      if (code !== 'nothing') view.note('attempt');
    },
  };
}
