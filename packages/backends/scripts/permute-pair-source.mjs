// Writes the unrolled Keccak-f[1600] permutation of two states side by side as AssemblyScript.
//
// What the code looks like was measured, not guessed (docs/performance.md): engines rename four instructions a cycle,
// and that is the limit here, so the text below saves instructions. Lanes live in memory and are read once a round;
// a loop of two rounds stays in the decoded-instruction cache, which 24 unrolled rounds do not; six lanes are kept
// complemented, which turns 25 and-not operations (two instructions each in V8) into 25 and/or and 5 not.

const LANES = 25;
const RATE_LANES = 17;
const COMPLEMENTED = [1, 2, 8, 12, 17, 20];
const ROTATION = [
  0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
];
const ROUND_CONSTANTS = [
  '0000000000000001',
  '0000000000008082',
  '800000000000808a',
  '8000000080008000',
  '000000000000808b',
  '0000000080000001',
  '8000000080008081',
  '8000000000008009',
  '000000000000008a',
  '0000000000000088',
  '0000000080008009',
  '000000008000000a',
  '000000008000808b',
  '800000000000008b',
  '8000000000008089',
  '8000000000008003',
  '8000000000008002',
  '8000000000000080',
  '000000000000800a',
  '800000008000000a',
  '8000000080008081',
  '8000000000008080',
  '0000000080000001',
  '8000000080008008',
];

const xor = (a, b) => `v128.xor(${a}, ${b})`;
const and = (a, b) => `v128.and(${a}, ${b})`;
const or = (a, b) => `v128.or(${a}, ${b})`;
const not = (a) => xor(a, 'ones');
const rotate = (a, n) => or(`i64x2.shl(${a}, ${n})`, `i64x2.shr_u(${a}, ${64 - n})`);

/** Which lane the step pi moves to each place. */
const source = [];
for (let x = 0; x < 5; x++) for (let y = 0; y < 5; y++) source[y + 5 * ((2 * x + 3 * y) % 5)] = x + 5 * y;

/**
 * The step chi of each plane over b0…b4, with lanes 1, 2, 8, 12, 17 and 20 complemented before and after.
 * `n` is the complement of b3 (planes 2 and 3) or b1 (plane 4).
 */
const CHI = [
  [
    xor('b0', or('b1', 'b2')),
    xor('b1', or(not('b2'), 'b3')),
    xor('b2', and('b3', 'b4')),
    xor('b3', or('b4', 'b0')),
    xor('b4', and('b0', 'b1')),
  ],
  [
    xor('b0', or('b1', 'b2')),
    xor('b1', and('b2', 'b3')),
    xor('b2', or('b3', not('b4'))),
    xor('b3', or('b4', 'b0')),
    xor('b4', and('b0', 'b1')),
  ],
  [
    xor('b0', or('b1', 'b2')),
    xor('b1', and('b2', 'b3')),
    xor('b2', and('n', 'b4')),
    xor('n', or('b4', 'b0')),
    xor('b4', and('b0', 'b1')),
  ],
  [
    xor('b0', and('b1', 'b2')),
    xor('b1', or('b2', 'b3')),
    xor('b2', or('n', 'b4')),
    xor('n', and('b4', 'b0')),
    xor('b4', or('b0', 'b1')),
  ],
  [
    xor('b0', and('n', 'b2')),
    xor('n', or('b2', 'b3')),
    xor('b2', and('b3', 'b4')),
    xor('b3', or('b4', 'b0')),
    xor('b4', and('b0', 'b1')),
  ],
];

/** One round that reads the state at byte `from` and writes it at byte `to`; c0…c4 carry the column parities. */
function round(from, to, constant) {
  const lines = [];
  for (let x = 0; x < 5; x++) lines.push(`d${x} = ${xor(`c${(x + 4) % 5}`, rotate(`c${(x + 1) % 5}`, 1))};`);
  for (let y = 0; y < 5; y++) {
    const load = (x) => {
      const lane = source[x + 5 * y];
      const mixed = xor(`v128.load(STATE, ${from + 16 * lane})`, `d${lane % 5}`);
      if (lane === 0) lines.push(`b0 = ${mixed};`);
      else lines.push(`t = ${mixed};`, `b${x} = ${rotate('t', ROTATION[lane])};`);
      if ((x === 3 && (y === 2 || y === 3)) || (x === 1 && y === 4)) lines.push(`n = ${not(`b${x}`)};`);
    };
    const store = (x) => {
      const value = x === 0 && y === 0 ? xor(CHI[y][x], constant) : CHI[y][x];
      lines.push(`t = ${value};`, `v128.store(STATE, t, ${to + 16 * (x + 5 * y)});`);
      lines.push(y === 0 ? `c${x} = t;` : `c${x} = ${xor(`c${x}`, 't')};`);
    };
    // Storing as soon as three lanes are known keeps fewer values alive than loading all five first.
    for (const step of [
      () => load(0),
      () => load(1),
      () => load(2),
      () => store(0),
      () => load(3),
      () => store(1),
      () => load(4),
      () => store(2),
      () => store(3),
      () => store(4),
    ])
      step();
  }
  return lines.map((line) => `    ${line}`).join('\n');
}

/** Lane pair `lane` of the messages at `a` and `b`. */
const messageLanes = (lane) => `v128.load64_lane(b, v128.load64_zero(a, ${8 * lane}), 1, ${8 * lane})`;

const storeLane = (lane, value) => `  v128.store(STATE, ${value}, ${16 * lane});`;

function beginLane(lane) {
  const isComplemented = COMPLEMENTED.includes(lane);
  if (lane >= RATE_LANES) return storeLane(lane, isComplemented ? 'ones' : 'zeros');
  return storeLane(lane, isComplemented ? not(messageLanes(lane)) : messageLanes(lane));
}

const absorbLane = (lane) => storeLane(lane, xor(`v128.load(STATE, ${16 * lane})`, messageLanes(lane)));

const lanes = (count, line) => Array.from({ length: count }, (_, lane) => line(lane)).join('\n');

/** The whole source file. */
export function permutePairSource() {
  const parity = [0, 1, 2, 3, 4].map((x) => {
    const lane = (y) => `v128.load(STATE, ${16 * (x + 5 * y)})`;
    return `  let c${x}: v128 = ${[1, 2, 3, 4].reduce((sum, y) => xor(sum, lane(y)), lane(0))};`;
  });
  const declare = (names) => `  let ${names.map((name) => `${name}: v128`).join(', ')};`;
  const five = (letter) => [0, 1, 2, 3, 4].map((x) => letter + x);
  return `// Generated by scripts/permute-pair-source.mjs. Run \`npm run build:wasm\` after changing that.

/** Two states side by side: lane i of the first at byte 16·i, of the second 8 bytes further. Then the same again as workspace. */
export const STATE: usize = memory.data(${2 * 16 * LANES}, 64);

const ROUND_CONSTANTS: usize = memory.data<u64>([
${ROUND_CONSTANTS.map((constant) => `  0x${constant},`).join('\n')}
]);

/** Starts both states from zero and absorbs one block of 136 bytes each. */
export function beginPair(a: usize, b: usize): void {
  const ones = i64x2.splat(-1);
  const zeros = i64x2.splat(0);
${lanes(LANES, beginLane)}
}

/** Absorbs one more block of 136 bytes into each state. */
export function absorbPair(a: usize, b: usize): void {
${lanes(RATE_LANES, absorbLane)}
}

/** Keccak-f[1600] on both states, lanes 1, 2, 8, 12, 17 and 20 of each complemented before and after. */
export function permutePair(): void {
  const ones = i64x2.splat(-1);
${declare([...five('b'), ...five('d'), 'n', 't'])}
${parity.join('\n')}
  for (let rc: usize = ROUND_CONSTANTS, end = rc + ${8 * ROUND_CONSTANTS.length}; rc != end; rc += 16) {
${round(0, 16 * LANES, 'v128.load64_splat(rc)')}
${round(16 * LANES, 0, 'v128.load64_splat(rc, 8)')}
  }
}
`;
}
