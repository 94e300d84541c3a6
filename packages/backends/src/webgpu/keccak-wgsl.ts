// Keccak-f[1600] for WGSL, which has no 64-bit integers: a lane is a vec2<u32>, low word first. The round is written out
// over 25 named lanes: an array indexed by a variable would leave the registers.

const LANES = Array.from({ length: 25 }, (_, lane) => lane);
const COLUMNS = [0, 1, 2, 3, 4] as const;

/** ρ and π: lane → where it goes and by how much it turns, walked as FIPS 202 defines them. */
function rhoPi(): { target: number; turn: number }[] {
  const moves = LANES.map(() => ({ target: 0, turn: 0 }));
  let [x, y] = [1, 0];
  for (let step = 0; step < 24; step++) {
    const turn = (((step + 1) * (step + 2)) / 2) % 64;
    const [nextX, nextY] = [y, (2 * x + 3 * y) % 5];
    moves[x + 5 * y] = { target: nextX + 5 * nextY, turn };
    [x, y] = [nextX, nextY];
  }
  return moves;
}

/** ι: the 24 round constants as [low, high], out of the linear feedback register x⁸ + x⁶ + x⁵ + x⁴ + 1. */
function roundConstants(): [number, number][] {
  let register = 1;
  const nextBit = (): number => {
    const bit = register & 1;
    register <<= 1;
    if (register & 0x100) register ^= 0x171;
    return bit;
  };
  return Array.from({ length: 24 }, () => {
    const words: [number, number] = [0, 0];
    for (let power = 0; power < 7; power++) {
      const position = 2 ** power - 1;
      if (nextBit() === 1)
        words[position >> 5] = ((words[position >> 5] as number) | (1 << (position & 31))) >>> 0;
    }
    return words;
  });
}

/** `lane` turned left by a fixed number of bits. */
function turned(lane: string, turn: number): string {
  if (turn === 0) return lane;
  const [near, far] = turn < 32 ? [lane, `${lane}.yx`] : [`${lane}.yx`, lane];
  const bits = turn % 32;
  return bits === 0 ? near : `((${near} << vec2u(${bits}u)) | (${far} >> vec2u(${32 - bits}u)))`;
}

function roundBody(): string {
  const lines = COLUMNS.map((x) => `let c${x} = ${COLUMNS.map((y) => `a${x + 5 * y}`).join(' ^ ')};`);
  for (const x of COLUMNS) lines.push(`let d${x} = c${(x + 4) % 5} ^ ${turned(`c${(x + 1) % 5}`, 1)};`);
  rhoPi().forEach(({ target, turn }, lane) => {
    lines.push(`let t${lane} = a${lane} ^ d${lane % 5};`, `let b${target} = ${turned(`t${lane}`, turn)};`);
  });
  for (const lane of LANES) {
    const row = 5 * Math.floor(lane / 5);
    lines.push(`a${lane} = b${lane} ^ (~b${row + ((lane + 1) % 5)} & b${row + ((lane + 2) % 5)});`);
  }
  lines.push('a0 ^= ROUND_CONSTANTS[round];');
  return lines.map((line) => `    ${line}`).join('\n');
}

/** Rounds of the permutation, handed in as `batch.rounds`: compilers unroll a loop whose end they know, at great cost. */
export const ROUND_COUNT = 24;

/** WGSL: the type `State` of 25 lanes, and `permute`, which works on one in place. */
export const KECCAK_WGSL = `
alias State = array<vec2u, 25>;
const ROUND_CONSTANTS = array<vec2u, 24>(
${roundConstants()
  .map(([low, high]) => `  vec2u(${low}u, ${high}u),`)
  .join('\n')}
);
fn permute(state: ptr<function, State>) {
${LANES.map((lane) => `  var a${lane} = (*state)[${lane}];`).join('\n')}
  for (var round = 0u; round < batch.rounds; round++) {
${roundBody()}
  }
${LANES.map((lane) => `  (*state)[${lane}] = a${lane};`).join('\n')}
}
`;

/** Words that one permutation absorbs. */
const RATE_WORDS = 34;

/** One message and what to do with its digest. */
export interface WgslHash {
  /** A u32 expression for each word of the message. */
  readonly words: readonly string[];
  /** Up to 3 bytes after the last whole word, low byte first. */
  readonly tail?: { readonly word: string; readonly size: number };
  /** Statements to run when the digest is there, as `DIGEST_WORDS`. */
  readonly onDigest: string;
}

/** The digest's eight words, for statements of `onDigest`. */
export const DIGEST_WORDS: readonly string[] = [0, 1, 2, 3].flatMap((lane) => [
  `state[${lane}].x`,
  `state[${lane}].y`,
]);

/** The padded message in blocks of `RATE_WORDS`. */
function blocksOf({ words, tail = { word: '', size: 0 } }: WgslHash): string[][] {
  const padding = `${2 ** (8 * tail.size)}u`;
  const padded = [...words, tail.size === 0 ? padding : `(${tail.word} | ${padding})`];
  while (padded.length % RATE_WORDS !== 0) padded.push('0u');
  const last = padded.length - 1;
  // With a message one word short of a block, padding starts and ends in the same word.
  padded[last] = padded[last] === '0u' ? '0x80000000u' : `(${padded[last]} | 0x80000000u)`;
  return Array.from({ length: padded.length / RATE_WORDS }, (_, block) =>
    padded.slice(block * RATE_WORDS, (block + 1) * RATE_WORDS),
  );
}

function absorb(block: readonly string[]): string {
  const lines: string[] = [];
  for (let word = 0; word < RATE_WORDS; word += 2) {
    const [low, high] = [block[word] as string, block[word + 1] as string];
    if (low !== '0u' || high !== '0u') lines.push(`state[${word / 2}] ^= vec2u(${low}, ${high});`);
  }
  return lines.join('\n        ');
}

/**
 * WGSL statements that hash messages one after the other, of which later ones may use what earlier ones' `onDigest` stored.
 * All blocks go through one call of `permute`: shaders are inlined whole, and each call would cost compilers and
 * instruction caches another permutation. `stopAfter` names an expression for how many of the hashes are to run.
 */
export function hashesWgsl(hashes: readonly WgslHash[], stopAfter?: string): string {
  const steps = hashes.flatMap((hash, index) => {
    const blocks = blocksOf(hash);
    return blocks.map((block, place) => {
      const isLastBlock = place === blocks.length - 1;
      const fresh = index === hashes.length - 1 ? '' : 'state = State();';
      const stop = stopAfter === undefined ? '' : `if (${stopAfter} == ${index + 1}u) { end = 0u; }`;
      return { absorb: absorb(block), onDigest: isLastBlock ? `${hash.onDigest}\n${stop}\n${fresh}` : '' };
    });
  });
  const cases = (part: 'absorb' | 'onDigest'): string =>
    steps.map((step, place) => `      case ${place}u: {\n        ${step[part]}\n      }`).join('\n');
  return `  var state: State;
  var end = min(${steps.length}u, batch.rounds);
  for (var step = 0u; step < end; step++) {
    switch step {
${cases('absorb')}
      default: {}
    }
    permute(&state);
    switch step {
${cases('onDigest')}
      default: {}
    }
  }`;
}
