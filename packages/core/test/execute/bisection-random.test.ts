import { ProviderStatus, readAccount, readGame, readTrial, Settlement } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { type NetworkHeader, parseMove, shapeOf } from '../../src/network/index.ts';
import { type Fault, placeOf, randomUnit } from '../network/support/liar.ts';
import { Random } from '../network/support/random.ts';
import { randomHeader, randomTask } from '../network/support/random-graph.ts';
import {
  challengeGame,
  honestJob,
  type Job,
  lyingTrace,
  playGame,
  postAnswer,
  statusOf,
} from './game-players.ts';
import { chainWithGraph, modelOf, watchers } from './graph-scenario.ts';
import { BOND, taskOf } from './scenario.ts';
import type { TestChain } from './test-chain.ts';

const RUNS = Number(process.env.AIVM_GAME_RUNS ?? 300);
/** Seeds of one test: a process that plays more says nothing for minutes. */
const PART = 30;
const parts = Array.from({ length: Math.ceil(RUNS / PART) }, (_, i) => i * PART);
const seedsFrom = (first: number): readonly number[] =>
  Array.from({ length: Math.min(PART, RUNS - first) }, (_, i) => first + i);
const PART_MS = 600_000;
const [watcher] = watchers as [(typeof watchers)[0]];

/** A random network with a random task, whose answer is the honest one. */
function randomJob(random: Random): Job {
  const header: NetworkHeader = randomHeader(random, random.int(1, 10), random.chance(0.3));
  const { input, blob } = randomTask(random, header);
  const most = header.form === 'decoder' ? header.maxT - header.maxNew + 1 : header.maxT;
  const prompt = header.form === 'map' ? 1 : Math.min(input.tokens.length, random.int(1, most));
  return honestJob(modelOf(header, blob), input, prompt);
}

/** Executes each block once: other tests hold that verifying gives the same. */
function leanChain({ model }: Job): TestChain {
  const chain = chainWithGraph(model);
  chain.verifies = false;
  return chain;
}

/** A fault that shows: the answer that is posted is not the place of it. */
function randomFault(random: Random, { network }: Job): Fault {
  const isDecoder = network.header.form === 'decoder';
  for (;;) {
    const fault = randomUnit(network, random);
    if (!isDecoder || fault.tensor !== network.tensorCount - 1) return fault;
  }
}

describe('games of random networks, by signed operations in blocks', () => {
  const kinds = new Set<string>();
  let deepest = 0;

  it.each(parts)(
    'an honest challenger convicts whoever has one wrong element, at that element (from seed %i)',
    (first) => {
      for (const seed of seedsFrom(first)) {
        const random = new Random(0x90d + seed);
        const job = randomJob(random);
        const { network } = job;
        const fault = randomFault(random, job);
        const { type } = shapeOf(network, fault.tensor);
        const bits = { i8: 8, i16: 16, u16: 16, i32: 32, u32: 32, i64: 64, u64: 64 }[type];
        const lie = lyingTrace(job, fault, random.int(0, bits - 1));
        const chain = leanChain(job);
        const { provider, operator } = postAnswer(chain, job, lie.output);
        const before = readAccount(chain.state, watcher.address).balance;
        chain.must(watcher, challengeGame(chain, watcher, lie.honest.tree.root));
        const players = {
          provider: { by: operator, trace: lie.trace },
          challenger: { by: watcher, trace: lie.honest },
        };
        const moves = playGame(chain, job, players);
        deepest = Math.max(deepest, moves.length);
        kinds.add(network.header.operators[fault.tensor]!.kind);
        const last = chain.tip.transactions[0]!.operation;
        if (last.kind !== 'disputeMove') throw new Error('the last move is none');
        const witness = parseMove(last.move, last.body);
        expect(witness).toMatchObject({ move: 'witness', ...placeOf(network, fault) });
        expect(statusOf(chain, provider)).toBe(ProviderStatus.slashed);
        expect(chain.last.events.filter(({ kind }) => kind === 'conviction')).toMatchObject([
          { provider, forfeited: BOND, rewarded: BOND / 10n },
        ]);
        const gain = readAccount(chain.state, watcher.address).balance - before;
        expect(gain > BOND / 10n - 10n ** 12n && gain < BOND / 10n).toBe(true);
        expect(readTrial(chain.state, 't')).toBeUndefined();
        expect(readGame(chain.state, 't', 0)).toBeUndefined();
        expect(taskOf(chain, 't')).toMatchObject({ settlement: Settlement.open, attempt: 1 });
      }
    },
    PART_MS,
  );

  it('were of many kinds of operators, and some were deep', () => {
    expect(kinds.size).toBeGreaterThan(RUNS >= 300 ? 25 : 3);
    expect(deepest).toBeGreaterThan(RUNS >= 300 ? 3 : 1);
  });

  it.each(parts)(
    'an honest provider is defended against whoever lies about an element (from seed %i)',
    (first) => {
      for (const seed of seedsFrom(first)) {
        const random = new Random(0xdefe + seed);
        const job = randomJob(random);
        const fault = randomFault(random, job);
        const { trace: lying, honest } = lyingTrace(job, fault, random.int(0, 7));
        const chain = leanChain(job);
        const { provider, operator } = postAnswer(chain, job, job.output);
        chain.must(watcher, challengeGame(chain, watcher, lying.tree.root));
        const accused = { by: operator, trace: honest };
        const accuser = { by: watcher, trace: lying };
        playGame(chain, job, { provider: accused, challenger: accuser });
        expect(chain.last.events.filter(({ kind }) => kind === 'dispute')).toMatchObject([
          { change: 'settled', verdict: 'rejected', game: 0 },
        ]);
        expect(statusOf(chain, provider)).toBe(ProviderStatus.active);
        expect(taskOf(chain, 't').settlement).toBe(Settlement.posted);
        chain.mineUntil(taskOf(chain, 't').finalAtHeight);
        expect(taskOf(chain, 't').settlement).toBe(Settlement.final);
      }
    },
    PART_MS,
  );
});
