/** Numbers that follow from a seed: mulberry32, a well-mixed 32-bit generator. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An unsigned 32-bit number. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** `low` … `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor((this.u32() / 2 ** 32) * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.u32() < share * 2 ** 32;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)] as T;
  }

  /** Bytes of one of several characters: noise, extremes of every width, small numbers, zeros. */
  bytes(size: number): Uint8Array {
    const style = this.int(0, 4);
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      if (style === 0) bytes[i] = this.u32();
      else if (style === 1) bytes[i] = this.pick([0, 0x7f, 0x80, 0xff]);
      else if (style === 2) bytes[i] = this.chance(0.3) ? this.int(0, 40) : 0;
      else if (style === 3) bytes[i] = this.chance(0.9) ? 0xff : 0x7f;
    }
    if (style === 1) this.#extremeWords(bytes);
    return bytes;
  }

  #extremeWords(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer);
    const words = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 31n - 1n, -(2n ** 31n), 2n ** 53n];
    for (let at = 0; at + 8 <= bytes.length; at += 8)
      if (this.chance(0.5)) view.setBigInt64(at, this.pick(words), true);
  }
}
