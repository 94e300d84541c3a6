import { AivmError } from '@aivm/core/errors';
import type { Identity } from '../../world/identity.ts';
import type { Machine } from '../../world/machine.ts';
import type { RoundInfo } from '../../world/round.ts';
import type { Actor, Stage } from '../actor.ts';
import { bootProgram, type ProgramOptions, type Surroundings } from './program.ts';

/** Rounds that a machine stays down. */
const DOWN_ROUNDS_MAX = 3;

/** How an actor lives that is a program of a package that ships. */
export interface ShippedOptions extends ProgramOptions {
  readonly kind: string;
  readonly isHonest: boolean;
  readonly name: string;
  readonly identity: Identity;
  /** Chance in a thousand, each round, that its machine loses power. It boots again a few rounds later. */
  readonly crashPerMille?: number;
  /** Runs the program until it ends by itself, which an honest one never does. */
  run(surroundings: Surroundings, note: (deed: string) => void): Promise<void>;
}

/** A program on a machine of its own, which may lose power and starts the program again when it is back. */
export class ShippedWorker implements Actor {
  readonly kind: string;
  readonly isHonest: boolean;
  readonly identities: readonly Identity[];
  readonly #options: ShippedOptions;
  #stage: Stage | undefined;
  #machine: Machine | undefined;
  #downUntil = 0;

  constructor(options: ShippedOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.isHonest = options.isHonest;
    this.identities = [options.identity];
  }

  boot(stage: Stage): void {
    this.#stage = stage;
    this.#machine = stage.machine(this.#options.name);
    this.#start();
  }

  disturb(_: unknown, { round, random, isDraining, note }: RoundInfo): void {
    const { crashPerMille = 0 } = this.#options;
    if (this.#machine?.isUp === false) {
      if (round < this.#downUntil) return;
      note('restart');
      this.#start();
    } else if (crashPerMille > 0 && !isDraining && random.chance(crashPerMille)) {
      note('crash');
      this.#machine?.die();
      this.#downUntil = round + random.between(1, DOWN_ROUNDS_MAX);
    }
  }

  #start(): void {
    const { name, identity, run } = this.#options;
    if (this.#stage === undefined || this.#machine === undefined) return;
    const stage = this.#stage;
    const surroundings = bootProgram(stage, this.#machine, identity, this.#options);
    run(surroundings, (deed) => stage.note(deed)).then(
      () => stage.ended(name, 'it returned'),
      (error: unknown) => {
        const code = error instanceof AivmError ? error.code : 'exception';
        stage.ended(name, `${code}: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
  }
}
