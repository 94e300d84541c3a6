import { concatBytes, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';

/** Thousandths: chances are whole numbers, so that no float decides anything in a run. */
const WHOLE = 1_000;

/**
 * The only chance in a simulation: sfc32, seeded by the hash of a text. `fork` gives a generator of its own by name, so
 * that one part of the world drawing more often does not change what another part draws.
 */
export class Random {
  readonly #seed: Uint8Array;
  readonly #state: Uint32Array;

  constructor(seed: Uint8Array) {
    this.#seed = seed;
    this.#state = new Uint32Array(keccak256(seed).slice(0, 16).buffer);
  }

  static of(text: string): Random {
    return new Random(utf8ToBytes(text));
  }

  /** An independent generator that only the seed and the name decide. */
  fork(name: string): Random {
    return new Random(keccak256(concatBytes(this.#seed, utf8ToBytes(`/${name}`))));
  }

  /** 0…2^32 − 1. */
  next(): number {
    const state = this.#state;
    const [a = 0, b = 0, c = 0, counter = 0] = state;
    const result = (a + b + counter) >>> 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    return result;
  }

  /** 0…bound − 1. The bias of the remainder is below bound / 2^32. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1) throw new RangeError(`bound: expected above 0, got ${bound}`);
    return this.next() % bound;
  }

  /** least…most, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in `perMille` of a thousand cases. */
  chance(perMille: number): boolean {
    return this.below(WHOLE) < perMille;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('items: expected at least one');
    return item;
  }

  /** The same items in any order. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
    }
    return shuffled;
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.next() & 0xff);
  }
}
