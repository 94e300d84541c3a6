import type { Clock } from '@aivm/sdk';
import type { Random } from './random.ts';
import { type SimClock, TIME_IS_OVER } from './sim-clock.ts';

/** What a program of a machine has until that machine dies: afterwards its timers are silent and nothing answers. */
export interface Life {
  readonly clock: Clock;
  readonly random: Random;
  readonly isOver: boolean;
  /** Called when the machine dies. @returns what takes that back */
  onEnd(run: () => void): () => void;
}

/** A computer on which programs run. It can die at any moment; a new life knows nothing of the one before. */
export class Machine {
  readonly name: string;
  readonly #clock: SimClock;
  readonly #random: Random;
  #life: MachineLife | undefined;

  constructor(name: string, { clock, random }: { readonly clock: SimClock; readonly random: Random }) {
    this.name = name;
    this.#clock = clock;
    this.#random = random;
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  boot(): Life {
    this.die();
    this.#life = new MachineLife(this.#clock, this.#random);
    return this.#life;
  }

  /** Cuts the power now: whatever its programs were about to do does not happen. */
  die(): void {
    this.#life?.end();
    this.#life = undefined;
  }
}

class MachineLife implements Life {
  readonly clock: Clock;
  readonly random: Random;
  readonly #atEnd = new Set<() => void>();
  isOver = false;

  constructor(clock: SimClock, random: Random) {
    this.random = random;
    const after: Clock['after'] = (ms, run) =>
      clock.after(ms, () => {
        if (!this.isOver) run();
      });
    this.clock = {
      now: () => clock.now(),
      random: () => random.next() / 2 ** 32,
      after,
      timeout: (ms) => {
        const abort = new AbortController();
        after(ms, () => abort.abort(TIME_IS_OVER));
        return abort.signal;
      },
    };
  }

  onEnd(run: () => void): () => void {
    this.#atEnd.add(run);
    return () => void this.#atEnd.delete(run);
  }

  end(): void {
    this.isOver = true;
    for (const run of [...this.#atEnd]) run();
    this.#atEnd.clear();
  }
}
