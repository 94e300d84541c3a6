import { describe, expect, it } from 'vitest';
import { MOVE_NAMES, type Move, moveNumber, parseMove, serializeMove } from '../../src/network/index.ts';
import { Random } from './support/random.ts';

/** A move of every kind, with parts of random sizes. */
const moves = (random: Random): readonly Move[] => [
  { move: 'commit', entries: random.bytes(random.int(0, 8_192)), outputSiblings: random.bytes(64) },
  { move: 'point', index: random.int(0, 2 ** 32) },
  { move: 'reveal', entries: random.bytes(random.int(0, 8_192)), siblings: random.bytes(384) },
  {
    move: 'witness',
    leaf: random.int(0, 2 ** 32),
    element: random.int(0, 127),
    traceLeaves: random.bytes(random.int(0, 3) * 128),
    traceSiblings: random.bytes(random.int(0, 9) * 32),
    blobLeaves: random.bytes(random.int(0, 3) * 128),
    blobSiblings: random.bytes(random.int(0, 9) * 32),
    ownRoot: random.bytes(32),
    salt: random.bytes(32),
    ownLeaf: random.bytes(random.pick([0, 128])),
    ownSiblings: random.bytes(random.int(0, 9) * 32),
  },
  { move: 'join', root: random.bytes(32) },
];

describe('the bytes of a move', () => {
  it('are those of its members, and no others', () => {
    for (let seed = 0; seed < 50; seed++)
      for (const move of moves(new Random(seed))) {
        const body = serializeMove(move);
        expect(parseMove(moveNumber(move.move), body)).toEqual(move);
        expect(() => parseMove(moveNumber(move.move), Uint8Array.of(...body, 0))).toThrow('malformed');
        expect(() => parseMove(moveNumber(move.move), body.slice(0, -1))).toThrow(/malformed|too_large/);
      }
  });

  it('begin with the numbers that the wire has', () => {
    expect(MOVE_NAMES.map((name) => [name, moveNumber(name)])).toEqual([
      ['commit', 0],
      ['point', 1],
      ['reveal', 2],
      ['witness', 3],
      ['join', 4],
    ]);
  });

  it.each<[string, number, Uint8Array, RegExp]>([
    ['no kind', 5, new Uint8Array(), /malformed: move: 5 is no kind of move \(0…4\)/],
    ['another kind', 255, new Uint8Array(), /malformed: move: 255 is no kind/],
    ['nothing', 0, new Uint8Array(), /malformed/],
    ['more entries than a reveal has', 0, Uint8Array.of(1, 32, 0, 0), /too_large: commit.entries/],
    ['an index beyond 2^53', 1, new Uint8Array(8).fill(255), /point.index/],
    ['a longer root', 4, new Uint8Array(33), /malformed/],
  ])('%s is refused', (_name, number, body, message) => {
    expect(() => parseMove(number, body)).toThrow(message);
  });

  it('a move of too many bytes is not written', () => {
    const siblings = new Uint8Array(385);
    expect(() => serializeMove({ move: 'reveal', entries: new Uint8Array(), siblings })).toThrow(
      /reveal.siblings/,
    );
  });

  it('random bytes never read as anything that writes other bytes', () => {
    let read = 0;
    for (let seed = 0; seed < 3_000; seed++) {
      const random = new Random(0xb0d1 + seed);
      const number = random.int(0, 4);
      const body = random.bytes(random.pick([8, 32, random.int(0, 600)]));
      let move: Move;
      try {
        move = parseMove(number, body);
      } catch (error) {
        expect(String(error)).toMatch(/malformed|too_large|out_of_range/);
        continue;
      }
      read++;
      expect(serializeMove(move)).toEqual(body);
    }
    expect(read).toBeGreaterThan(100);
  });
});
