import type { StatelessBlock } from '@aivm/core/block';
import { bytesToHex, concatBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { createGenesis, type Genesis } from '@aivm/core/execute';
import { readChain } from '@aivm/core/state';
import type { Actor, SeenTransaction, Stage, View } from '../actors/actor.ts';
import type { CensusTaken, Checker, EndedProgram } from '../checkers/checker.ts';
import { CHECKERS } from '../checkers/registry.ts';
import type { Scenario, ScenarioPlan } from '../scenarios/scenario.ts';
import { Cast } from '../world/cast.ts';
import { Cluster } from '../world/cluster.ts';
import { Machine } from '../world/machine.ts';
import { Mirror } from '../world/mirror.ts';
import { Random } from '../world/random.ts';
import type { RoundInfo } from '../world/round.ts';
import { SharedWork } from '../world/shared-work.ts';
import { SIM_TIMESTAMP } from '../world/sim-chain.ts';
import { SimClock, settle } from '../world/sim-clock.ts';
import { Violation } from '../world/violation.ts';
import { Web } from '../world/web.ts';
import { createView } from './actor-view.ts';
import { countOutcomes } from './count-outcomes.ts';
import type { RunReport } from './report.ts';
import { simGenesis } from './sim-genesis.ts';
import { type Counters, count } from './tally.ts';

/** Every run is at least so long. */
const BLOCKS_MIN = 200;
const TRANSACTIONS_MIN = 300;
/** Rounds after which a chain that does not get there is a failure. */
const ROUNDS_MAX = 1_200;
/** Rounds that everything open has to end by itself; a deadline, three attempts, a window, a committee, with room. */
const DRAIN_ROUNDS_MAX = 260;
/** Blocks between two looks at the whole state. */
const CENSUS_BLOCKS = 50;
/** One run in so many executes every block on every node instead of sharing the result: at three times the cost. */
const REEXECUTION_RUNS = 32;

/** What blocks did, as actors hear of it. */
type News = Pick<View, 'events' | 'transactions'>;

/** What else a world may be told. */
export interface WorldOptions {
  /** Overrides what the seed says about sharing work; it may change nothing in the report. */
  readonly executesEverywhere?: boolean;
  /** Names of the checkers that look, every one by default: does one of them see something by itself? */
  readonly checkers?: readonly string[];
}

/** One simulated world: a scenario and a seed decide everything that happens in it. */
export class World {
  readonly genesis: Genesis;
  readonly cluster: Cluster;
  readonly counters: Counters = { deeds: {}, outcomes: {}, codes: {} };
  readonly shared: SharedWork;
  readonly seenBy = new Map<Actor, number>();
  readonly #clock: SimClock;
  readonly #web: Web;
  readonly #machines: Machine[] = [];
  /** Programs that ended by themselves, with their reasons. */
  readonly #ended: EndedProgram[] = [];
  readonly #plan: ScenarioPlan;
  readonly #scenario: Scenario;
  readonly #seed: number;
  readonly #random: Random;
  readonly #actorRandoms: ReadonlyMap<Actor, Random>;
  readonly #mirror = new Mirror();
  /** What each decided block did, by height from 1 on. */
  readonly #news: News[] = [];
  #checkers: readonly Checker[] = [];
  readonly #genesisBlock: StatelessBlock;
  #chainHash: Uint8Array = ZERO_32;
  #transactions = 0;
  #round = 0;
  #lastNews: { from: number; to: number; news: News } | undefined;
  #nowMs = SIM_TIMESTAMP * 1_000;
  #isDraining = false;

  constructor(scenario: Scenario, seed: number, { executesEverywhere, checkers }: WorldOptions = {}) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#random = Random.of(`${scenario.name}/${seed}`);
    this.#plan = scenario.plan(this.#random.fork('plan'));
    this.genesis = simGenesis(this.#plan);
    const reexecutesEverywhere =
      executesEverywhere ?? this.#random.fork('execution').below(REEXECUTION_RUNS) === 0;
    this.shared = new SharedWork({ reexecutesEverywhere });
    const { nodeCount, conditions } = this.#plan;
    const { genesis, shared } = this;
    const clock = new SimClock(this.#nowMs, this.#random.fork('clock'));
    this.#clock = clock;
    this.#web = new Web(conditions, { clock });
    const random = this.#random.fork('cluster');
    this.cluster = new Cluster({ genesis, nodeCount, conditions, random, shared, clock });
    this.#actorRandoms = new Map(
      this.#plan.actors.map((actor, i) => [actor, this.#random.fork(`actor/${i}/${actor.kind}`)]),
    );
    const { block, result } = createGenesis(this.genesis);
    this.#genesisBlock = block;
    this.#mirror.apply(result);
    this.#createCheckers(checkers);
  }

  get #height(): number {
    return this.cluster.height;
  }

  /** Runs to the end, or to the first violation. */
  async run(): Promise<RunReport> {
    let failure: RunReport['failure'];
    try {
      await this.cluster.start();
      for (const actor of this.#plan.actors) actor.boot?.(this.#stageOf(actor));
      await this.#work();
      await this.#drain();
      this.#end();
    } catch (error) {
      const isViolation = error instanceof Violation;
      failure = {
        checker: isViolation ? error.checker : 'exception',
        detail: isViolation
          ? error.detail
          : error instanceof Error
            ? (error.stack ?? error.message)
            : String(error),
        height: this.#height,
      };
    }
    for (const machine of this.#machines) machine.die();
    return {
      seed: this.#seed,
      scenario: this.#scenario.name,
      blocks: this.#height,
      transactions: this.#transactions,
      chainHash: bytesToHex(this.#chainHash),
      ...this.counters,
      failure,
    };
  }

  async #work(): Promise<void> {
    while (this.#height < BLOCKS_MIN || this.#transactions < TRANSACTIONS_MIN) {
      if (this.#round >= ROUNDS_MAX) {
        throw new Violation(
          'liveness',
          `${this.#height} blocks and ${this.#transactions} transactions in ${this.#round} rounds`,
        );
      }
      await this.#playRound();
    }
  }

  /** Nothing new begins; what is open ends by itself. */
  async #drain(): Promise<void> {
    this.#isDraining = true;
    const last = this.#round + DRAIN_ROUNDS_MAX;
    while (this.#round < last && (readChain(this.#mirror).tasksOpen > 0n || !this.#isWhole())) {
      await this.#playRound();
    }
    await this.cluster.catchUp();
  }

  /** Every machine is up and has every block. */
  #isWhole(): boolean {
    const { nodes } = this.cluster;
    return nodes.every((node) => node.isUp && node.height === this.#height);
  }

  async #playRound(): Promise<void> {
    this.#round += 1;
    this.#nowMs += this.#random.between(1_000, 2_000);
    await this.#clock.advance(this.#nowMs);
    const { cluster } = this;
    cluster.deliver(this.#nowMs);
    for (const actor of this.#plan.actors) await actor.disturb?.(cluster, this.#infoFor(actor));
    await cluster.catchUp();
    const decided = await cluster.decide(this.#infoFor(this.#proposer()));
    for (const block of decided) this.#observe(block);
    // Programs hear of the blocks before anything else happens.
    if (this.#machines.length > 0) await settle();
    // The nodes have all blocks of the round, so only now is the state that was observed theirs.
    if (decided.some(({ header }) => header.height % CENSUS_BLOCKS === 0)) this.#takeCensus();
    for (const actor of this.#plan.actors) this.#act(actor);
    this.shared.forget(Math.min(...cluster.nodes.map(({ acknowledged }) => acknowledged?.height ?? 0)));
  }

  /** The actor who has the power to make the blocks now. */
  #proposer(): Actor | undefined {
    return this.#plan.actors.find((actor) => actor === this.cluster.proposer);
  }

  #infoFor(actor: Actor | undefined): RoundInfo {
    return {
      round: this.#round,
      nowMs: this.#nowMs,
      height: this.#height,
      isDraining: this.#isDraining,
      random: (actor && this.#actorRandoms.get(actor)) ?? this.#random,
      note: (deed) => count(this.counters.deeds, `${actor?.kind ?? 'world'}/${deed}`),
    };
  }

  #stageOf(actor: Actor): Stage {
    const home = this.#plan.actors.indexOf(actor);
    const { note } = this.#infoFor(actor);
    return {
      parse: this.shared.parse,
      web: this.#web,
      findNode: () => this.cluster.nodeFor(home),
      note,
      machine: (of) => {
        const random = this.#random.fork(`machine/${of}`);
        const machine = new Machine(of, { clock: this.#clock, random });
        this.#machines.push(machine);
        return machine;
      },
      ended: (program, reason) => {
        note('ended');
        this.#ended.push({ program, isHonest: actor.isHonest, reason });
      },
    };
  }

  #act(actor: Actor): void {
    if (actor.act === undefined) return;
    const home = this.#plan.actors.indexOf(actor);
    const node = this.cluster.nodeFor(home);
    if (node === undefined) return;
    const seen = this.seenBy.get(actor) ?? 0;
    const reached = Math.max(seen, node.height);
    this.seenBy.set(actor, reached);
    actor.act(createView(this, node, { ...this.#infoFor(actor), ...this.#newsOf(seen, reached) }));
  }

  /** What the blocks above height `from` up to `to` did: the same for nearly every actor of a round. */
  #newsOf(from: number, to: number): News {
    const last = this.#lastNews;
    if (last?.from === from && last.to === to) return last.news;
    const blocks = this.#news.slice(from, to);
    const news = {
      events: blocks.flatMap(({ events }) => events),
      transactions: blocks.flatMap(({ transactions }) => transactions),
    };
    this.#lastNews = { from, to, news };
    return news;
  }

  #observe(block: StatelessBlock): void {
    const result = this.shared.resultOf(block);
    if (result === undefined) throw new Error('a decided block that nobody executed');
    const changes = this.#mirror.apply(result);
    const { outcomes, events } = result;
    const executions = this.shared.takeExecutions();
    const observed = { height: block.header.height, block, outcomes, events, changes, result, executions };
    const transactions = block.transactions.map(
      (tx, i): SeenTransaction => ({ tx, code: outcomes[i]?.code ?? '' }),
    );
    this.#news.push({ events, transactions });
    this.#chainHash = keccak256(concatBytes(this.#chainHash, block.id));
    this.#transactions += block.transactions.length;
    countOutcomes(observed, this.counters);
    for (const checker of this.#checkers) checker.onBlock?.(observed);
  }

  #census(): CensusTaken {
    return {
      height: this.#height,
      state: this.#mirror,
      nodes: this.cluster.nodes,
      ended: this.#ended,
      idAt: (height) => (height === 0 ? this.#genesisBlock.id : this.cluster.decided[height - 1]?.id),
    };
  }

  #takeCensus(): void {
    for (const checker of this.#checkers) checker.onCensus?.(this.#census());
  }

  #end(): void {
    this.#takeCensus();
    for (const checker of this.#checkers) checker.onEnd?.(this.#census());
  }

  #createCheckers(only: readonly string[] | undefined): void {
    const cast = new Cast(this.#plan.actors, this.#plan.guarantees);
    const { genesis } = this;
    const chosen = CHECKERS.filter(([name]) => only === undefined || only.includes(name));
    if (only !== undefined && chosen.length !== only.length)
      throw new RangeError(`checkers: one of ${only.join(', ')} is unknown`);
    this.#checkers = chosen.map(([name, create]) => {
      const fail = (detail: string): never => {
        throw new Violation(name, detail);
      };
      return create({ genesis, cast, mirror: this.#mirror, fail });
    });
  }
}
