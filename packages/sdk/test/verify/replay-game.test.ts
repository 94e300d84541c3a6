import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  acceptReveal,
  createCommitment,
  createReveal,
  hashOfReveal,
  leafCountOf,
  moveNumber,
  pointAt,
  runNetwork,
  serializeMove,
  topOf,
  traceTree,
} from '@aivm/core/network';
import { describe, expect, it } from 'vitest';
import { replayGame } from '../../src/verify/replay-game.ts';
import { passOfTask } from '../../src/verify/task-pass.ts';
import { makeConviction } from '../support/make-conviction.ts';

const fileOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../../../models/${name}`, import.meta.url))));

const listed = (height: number, move: Parameters<typeof serializeMove>[0]) => ({
  height,
  game: 0,
  move: moveNumber(move.move),
  body: serializeMove(move),
});

describe('a game about the digits', () => {
  const conviction = makeConviction(true);
  const pass = passOfTask(conviction);
  const honest = runNetwork(pass.network, fileOf('digits/digits.blob'), pass.input).bytes;
  const bytes = honest.with(256, honest[256]! ^ 1);
  const trace = { bytes, tree: traceTree(pass.network, { bytes }) };
  const commit = listed(7, { move: 'commit', ...createCommitment(pass.network, trace) });
  const { leaf, element, traceLeaves, traceSiblings, blobLeaves, blobSiblings } = conviction;
  const witness = listed(9, {
    move: 'witness',
    leaf,
    element,
    traceLeaves,
    traceSiblings,
    blobLeaves,
    blobSiblings,
    ownRoot: new Uint8Array(32),
    salt: new Uint8Array(32),
    ownLeaf: new Uint8Array(128),
    ownSiblings: new Uint8Array(0),
  });
  const { weightHash } = conviction;

  it('leads to the wrong element', () => {
    const steps = replayGame(pass, { weightHash, game: 0, moves: [commit, witness] });
    expect(
      steps.map(({ height, move, firstLeaf, lastLeaf, leafCount }) => [
        height,
        move,
        firstLeaf,
        lastLeaf,
        leafCount,
      ]),
    ).toEqual([
      [7, 'commit', 0, 2, 3],
      [9, 'witness', 2, 2, 3],
    ]);
    expect(steps[1]).toMatchObject({
      operators: ['dense_shift', 'dense_shift'],
      verdict: { unit: { tensor: 2, element: 0 }, isRight: false },
    });
  });

  it('is not played without its commitment, nor with a witness of another game', () => {
    expect(() => replayGame(pass, { weightHash, game: 0, moves: [witness] })).toThrow(
      /no trace is committed/,
    );
    expect(replayGame(pass, { weightHash, game: 1, moves: [commit, witness] })).toHaveLength(1);
  });

  it('refuses a commitment and a witness that do not belong together', () => {
    const other = { bytes: honest, tree: traceTree(pass.network, { bytes: honest }) };
    const foreign = listed(7, { move: 'commit', ...createCommitment(pass.network, other) });
    expect(() => replayGame(pass, { weightHash, game: 0, moves: [foreign, witness] })).toThrow(
      /malformed|root/,
    );
  });
});

it('says what is left of a long trace after every move', () => {
  const text = Uint32Array.from(Buffer.from('Call me '));
  const output = Uint32Array.from(Buffer.from('and'));
  const bytesOf = (tokens: Uint32Array) => new Uint8Array(tokens.buffer.slice(0));
  const pass = passOfTask({
    header: fileOf('story/story.header'),
    input: bytesOf(text),
    output: bytesOf(output),
  });
  const { bytes } = runNetwork(pass.network, fileOf('story/story.blob'), pass.input);
  const trace = { bytes, tree: traceTree(pass.network, { bytes }) };
  const leafCount = leafCountOf(pass.network.traceBytes);
  const top = topOf(leafCount);
  const commitment = createCommitment(pass.network, trace);
  const kept = { ...top, hash: hashOfReveal(leafCount, top, commitment.entries) };
  const pointed = pointAt(leafCount, kept, 3);
  const reveal = createReveal(trace, kept, pointed);
  expect(acceptReveal(leafCount, kept, pointed, reveal)).toMatchObject(pointed);
  const moves = [
    listed(1, { move: 'commit', ...commitment }),
    listed(2, { move: 'point', index: 3 }),
    listed(3, { move: 'reveal', ...reveal }),
  ];
  const steps = replayGame(pass, { weightHash: new Uint8Array(32), game: 0, moves });
  const span = 4 ** pointed.level;
  expect(steps.map(({ firstLeaf, lastLeaf }) => [firstLeaf, lastLeaf])).toEqual([
    [0, leafCount - 1],
    [3 * span, 4 * span - 1],
    [3 * span, 4 * span - 1],
  ]);
});
