import { equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { readProvider, Settlement, Vote } from '@aivm/core/state';
import { type Person, personOf } from '../capture/memory-chain.ts';
import {
  BOND,
  INT8,
  LIE,
  type Manners,
  modelOf,
  ownModelOf,
  peopleOf,
  RIGHT,
  Stage,
  taskOf,
} from './stage.ts';

/** A way to hurt others, played on a chain of its own. */
export interface Play {
  /** What is done, in the words of the table. */
  readonly name: string;
  /** Whether it takes most of a panel: who has that signs any answer, so what it gains says what a panel is worth. */
  readonly isCapture?: boolean;
  run(): Played;
}

/** What a play ended with. */
export interface Played {
  readonly stage: Stage;
  readonly attackers: readonly Person[];
  readonly victims: readonly Person[];
  /** Coins of each before it began, in the order of attackers and victims. */
  readonly before: readonly bigint[];
  /** Work, time and bytes of the chain before it began. */
  readonly spentBefore: Stage['chain']['spent'];
  readonly bytesBefore: number;
  /** Who paid for the task, and what it paid for being admitted, which nobody has back. */
  readonly buyer: Person;
  readonly admission: bigint;
  /** What the task cost its buyer if it ended with the right answer, else 0. */
  readonly price: bigint;
  /** Blocks from the submission to the end. */
  readonly blocks: number;
}

/** The dearest fee of a chain with the default bond. */
const DEAREST = BOND / 80n;
const PANEL = { mode: 1, n: 5 } as const;

interface Cast {
  /** Operators of each side. */
  readonly honest: number;
  readonly hostile: number;
  readonly change?: ConstructorParameters<typeof Stage>[1];
}

type Before = Omit<Played, 'buyer' | 'admission' | 'price' | 'blocks'>;

interface Set extends Before {
  readonly honest: readonly Person[];
  readonly hostile: readonly Person[];
  readonly boss: Person;
  readonly user: Person;
  readonly watcher: Person;
  isHostile(provider: string): boolean;
}

/** A chain with two sides. The attacker's purse, the requester's and the watcher's are no operators. */
function setUp({ honest: count, hostile: against, change }: Cast): Set {
  const [boss, user, watcher] = [personOf('boss'), personOf('user'), personOf('watcher')];
  const honest = peopleOf('honest', count);
  const hostile = peopleOf('hostile', against);
  const stage = new Stage([boss, user, watcher, ...honest, ...hostile], change);
  stage.register(user, [...honest, ...hostile]);
  const attackers = [boss, ...hostile];
  const victims = [user, watcher, ...honest];
  return {
    stage,
    honest,
    hostile,
    boss,
    user,
    watcher,
    attackers,
    victims,
    isHostile: (provider) => hostile.some(({ name }) => name === provider),
    before: [...attackers, ...victims].map((person) => stage.coinsOf(person)),
    spentBefore: { ...stage.chain.spent },
    bytesBefore: stage.chain.state.bytes,
  };
}

/** One task of a person, played to its end. */
function one(set: Set, buyer: Person, change: Parameters<typeof taskOf>[1], manners: Manners): Played {
  const { stage } = set;
  const had = stage.coinsOf(buyer);
  stage.must([stage.chain.sign(buyer, taskOf('t', change))]);
  const { burned: admission } = stage.task('t');
  const blocks = stage.play('t', manners);
  const { settlement, outputHash, model } = stage.task('t');
  // The chain itself computes the other model's answers.
  const isRight = model === INT8 || equalBytes(outputHash, namedHash('Output', RIGHT));
  const isDelivered = settlement === Settlement.final && isRight;
  const price = isDelivered ? had - stage.coinsOf(buyer) : 0n;
  return { ...set, buyer, admission, price, blocks };
}

/** Hostile providers ask for more than anybody pays, so that optimistic tasks come to the others; seats come all the same. */
function leaveAnswersTo({ stage, hostile }: Set): void {
  const { chain } = stage;
  stage.must(
    hostile.map((by) => {
      const gpus = readProvider(chain.state, by.name)?.gpus ?? [];
      const provider = { id: by.name, walletAddress: by.address, endpoint: '', gpus };
      return chain.sign(by, { kind: 'updateProvider', ...provider, leastFee: DEAREST });
    }),
  );
  // It counts from the next epoch on.
  for (let i = 0; i < 3; i++) stage.must([]);
}

/** How a committee or panel sits where the attacker's members do something else than the others. */
const sides =
  (set: Set, hostile: ReturnType<NonNullable<Manners['sit']>>): NonNullable<Manners['sit']> =>
  (provider) =>
    set.isHostile(provider) ? hostile : {};

const slander = (by: Person, output = LIE) => [{ by, output, bond: 10n ** 17n * 2n }];

/** Every griefing that the table lists. */
export const PLAYS: readonly Play[] = [
  {
    name: 'a panel at the dearest fee for members that are too slow for it',
    run: () => {
      const set = setUp({ honest: 12, hostile: 0 });
      return one(set, set.boss, { ...PANEL, fee: DEAREST }, { sit: () => ({ commits: false }) });
    },
  },
  {
    name: 'a panel at the least fee for members that are too slow for it',
    run: () => {
      const set = setUp({ honest: 12, hostile: 0 });
      return one(set, set.boss, PANEL, { sit: () => ({ commits: false }) });
    },
  },
  {
    name: 'members that never commit in a panel of somebody else',
    run: () => {
      const set = setUp({ honest: 3, hostile: 9 });
      return one(set, set.user, PANEL, { sit: sides(set, { commits: false }) });
    },
  },
  {
    name: 'members that never reveal, so that a panel has no majority',
    isCapture: true,
    run: () => {
      const set = setUp({ honest: 2, hostile: 3 });
      return one(set, set.user, PANEL, { sit: sides(set, { reveals: false }) });
    },
  },
  {
    name: 'a majority of colluders in a panel that they buy, against the others in it',
    isCapture: true,
    run: () => {
      const set = setUp({ honest: 2, hostile: 3 });
      return one(set, set.boss, { ...PANEL, fee: DEAREST }, { sit: sides(set, { output: LIE }) });
    },
  },
  {
    name: 'two that agree on junk, so that others have no majority',
    isCapture: true,
    run: () => {
      const set = setUp({ honest: 2, hostile: 3 });
      const junk = (provider: string): Uint8Array => (provider === 'hostile-2' ? Uint8Array.of(1) : LIE);
      const sit: Manners['sit'] = (provider) => (set.isHostile(provider) ? { output: junk(provider) } : {});
      return one(set, set.user, PANEL, { sit });
    },
  },
  {
    name: 'members that say that they cannot, as most of a panel',
    isCapture: true,
    run: () => {
      const set = setUp({ honest: 2, hostile: 3 });
      return one(set, set.user, PANEL, { sit: sides(set, { vote: Vote.cannotRun }) });
    },
  },
  {
    name: 'a panel about something that nobody can run',
    run: () => {
      const set = setUp({ honest: 8, hostile: 0 });
      return one(set, set.boss, PANEL, { sit: () => ({ vote: Vote.cannotRun }) });
    },
  },
  {
    name: 'a task that nobody can run',
    run: () => {
      const set = setUp({ honest: 8, hostile: 0 });
      return one(set, set.boss, {}, { answer: () => 'cannot run' });
    },
  },
  {
    name: 'a poisoned payload of 64 KiB that every provider has to refuse',
    run: () => {
      const set = setUp({ honest: 8, hostile: 0 });
      return one(set, set.boss, { input: new Uint8Array(65_536).fill(0xff) }, { answer: () => 'malformed' });
    },
  },
  {
    name: 'providers that are drawn and say nothing until the time is over',
    run: () => {
      const set = setUp({ honest: 0, hostile: 8 });
      return one(set, set.user, {}, {});
    },
  },
  {
    name: 'providers that leave after they were drawn for a panel',
    run: () => {
      const set = setUp({ honest: 3, hostile: 9 });
      const left = new globalThis.Set<string>();
      const also: Manners['also'] = (task) =>
        set.hostile.flatMap((by) => {
          if (task.assignedAtHeight === 0 || left.has(by.name)) return [];
          left.add(by.name);
          return [set.stage.chain.sign(by, { kind: 'beginUnbond', id: by.name })];
        });
      return one(set, set.user, PANEL, { sit: sides(set, { commits: false }), also });
    },
  },
  {
    name: 'a challenge of a right answer that the chain computes',
    run: () => {
      const set = setUp({ honest: 8, hostile: 0 });
      const right = (task: Parameters<NonNullable<Manners['challenge']>>[0]): Uint8Array =>
        set.stage.rightOf(task, new Uint8Array(32).fill(7));
      const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 1);
      const challenge: Manners['challenge'] = (task) => slander(set.boss, flipped(right(task)));
      return one(set, set.user, { model: INT8 }, { answer: (_, task) => right(task), challenge });
    },
  },
  {
    name: 'a challenge of a right answer before a committee',
    run: () => {
      const set = setUp({ honest: 10, hostile: 0 });
      const challenge = () => slander(set.boss);
      return one(set, set.user, {}, { answer: () => RIGHT, challenge, sit: () => ({}) });
    },
  },
  {
    name: 'a challenge of a right answer, stalled by a committee of silent accomplices',
    run: () => {
      const set = setUp({ honest: 1, hostile: 11, change: { config: { epochDuration: '3s' } } });
      leaveAnswersTo(set);
      const answer = (): Uint8Array => RIGHT;
      const challenge = () => slander(set.boss);
      return one(set, set.user, {}, { answer, challenge, sit: sides(set, { commits: false }) });
    },
  },
  {
    name: 'a lie whose committee the liar stalls with silent accomplices',
    run: () => {
      const set = setUp({ honest: 1, hostile: 11 });
      const answer = (provider: string): Uint8Array => (set.isHostile(provider) ? LIE : RIGHT);
      const challenge = () => slander(set.watcher, RIGHT);
      return one(set, set.user, {}, { answer, challenge, sit: sides(set, { commits: false }) });
    },
  },
  {
    name: 'a copy of the challenge that convicts a liar, with a hundred times the stake',
    run: () => {
      const set = setUp({ honest: 0, hostile: 8 });
      const right = (task: Parameters<NonNullable<Manners['challenge']>>[0]): Uint8Array =>
        set.stage.rightOf(task, new Uint8Array(32).fill(7));
      const challenge: Manners['challenge'] = (task) =>
        task.attempt > 1
          ? []
          : [
              { by: set.watcher, output: right(task), bond: 10n ** 16n },
              { by: set.boss, output: right(task), bond: BOND },
            ];
      const answer: Manners['answer'] = (_, task) =>
        task.attempt > 1 ? undefined : right(task).map((byte) => byte ^ 1);
      return one(set, set.user, { model: INT8 }, { answer, challenge });
    },
  },
  {
    name: 'a queue of 32 places bought whole for 20 blocks',
    run: () => {
      const config = { maxTaskQueueSize: 32 };
      const set = setUp({ honest: 5, hostile: 3, change: { config } });
      const { stage, hostile, user } = set;
      const { chain } = stage;
      stage.must(hostile.map((by) => chain.sign(by, modelOf(ownModelOf(by)))));
      // Half of the queue is the most of one account and of one model.
      for (let place = 0; place < 32; place++) {
        const by = hostile[Math.floor(place / 12)] ?? set.boss;
        const terms = { model: ownModelOf(by), maxAdmission: 10n ** 20n, deadlineBlocks: 20n };
        stage.must([chain.sign(by, taskOf(`squat-${place}`, terms))]);
        if (place === 31) chain.mine([chain.sign(user, taskOf('too-late'))]);
      }
      while (stage.task('squat-31').endedAtHeight === 0) stage.must([]);
      return one(set, user, {}, { answer: () => RIGHT });
    },
  },
];
