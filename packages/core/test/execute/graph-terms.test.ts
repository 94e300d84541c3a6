import { readAccount, readProvider, Settlement, TaskStatus } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { networkOf } from '../../src/execute/models/network-record.ts';
import { evaluatePolynomial } from '../../src/network/index.ts';
import { drawnFor, honestJob, type Job } from './game-players.ts';
import {
  chainWithGraph,
  FEE,
  GRAPH_GENESIS,
  holders,
  modelOf,
  randomModel,
  requester,
  submitGraph,
} from './graph-scenario.ts';
import { submitResult, taskOf } from './scenario.ts';
import type { TestChain } from './test-chain.ts';

/** A decoder that writes two or more tokens, and ends with the first that it writes. */
function endingJob(): { readonly job: Job; readonly first: Uint8Array } {
  for (let seed = 1; ; seed++) {
    const { model, input } = randomModel(seed, 'decoder');
    if (model.header.maxNew < 2 || model.header.vocabulary < 3) continue;
    const free = honestJob(model, { ...input, tokens: new Uint32Array(2) }, 1);
    const first = free.output.slice(0, 4);
    const endTokens = [new Uint32Array(Uint8Array.from(first).buffer)[0] as number];
    const job = { ...free, model: modelOf({ ...model.header, endTokens }, model.blob) };
    return { job, first };
  }
}

const { job, first } = endingJob();
const { header } = job.model;
const other = (token: number): number => (token + 1) % header.vocabulary;
const end = header.endTokens[0] as number;
const tokens = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const balanceOf = (chain: TestChain, address: Uint8Array): bigint =>
  readAccount(chain.state, address).balance;

describe('the answer of a decoder', () => {
  it('is paid for its own work, and the requester has the rest of the longest answer’s back', () => {
    const chain = chainWithGraph(job.model);
    chain.must(requester, submitGraph('t', job.bytes));
    const { maxNew, maxWork, escrow } = taskOf(chain, 't');
    expect(maxNew).toBe(Math.min(header.maxNew, header.maxT));
    const { provider, operator } = drawnFor(chain, 't');
    const before = balanceOf(chain, requester.address);
    chain.must(operator, submitResult('t', provider, { output: first }));
    const record = networkOf(chain.state, taskOf(chain, 't'));
    const work = evaluatePolynomial(record.work, { T: 1, N: 1 });
    expect(work).toBeLessThan(maxWork);
    expect(taskOf(chain, 't').work).toBe(work);
    chain.mineUntil(taskOf(chain, 't').finalAtHeight);
    expect(taskOf(chain, 't')).toMatchObject({ settlement: Settlement.final, escrow: 0n });
    const paid = (escrow * work) / maxWork;
    expect(readProvider(chain.state, provider)?.feesEarned).toBe(paid - paid / 10n);
    expect(balanceOf(chain, requester.address) - before).toBe(escrow - paid);
  });

  it.each<[string, Uint8Array]>([
    ['no token', tokens()],
    ['a part of a token', first.slice(1)],
    ['a token beyond the vocabulary', tokens(header.vocabulary)],
    ['a token behind the end', tokens(end, other(end))],
    ['an end too early', tokens(other(end))],
    [
      'more tokens than the task admits',
      tokens(...Array.from({ length: header.maxNew + 1 }, () => other(end))),
    ],
  ])('with %s is not posted', (_name, output) => {
    const chain = chainWithGraph(job.model);
    chain.must(requester, submitGraph('t', job.bytes));
    const { provider, operator } = drawnFor(chain, 't');
    expect(chain.apply(operator, submitResult('t', provider, { output }))).toBe('invalid_input');
  });

  it('that is an error is a failed attempt: every input has an answer', () => {
    const chain = chainWithGraph(job.model);
    chain.must(requester, submitGraph('t', job.bytes));
    const { provider, operator } = drawnFor(chain, 't');
    chain.must(operator, submitResult('t', provider, { output: new Uint8Array(), error: 'no' }));
    expect(taskOf(chain, 't')).toMatchObject({ status: TaskStatus.pending, attempt: 1, error: 'no' });
    expect(readProvider(chain.state, provider)).toMatchObject({ openWork: 0n, tasksFailed: 1n });
  });
});

describe('work and time', () => {
  it('a provider holds at most maxOpenWork, and one task of any work', () => {
    const params = { ...GRAPH_GENESIS.params, maxOpenWork: 1 };
    const config = { ...GRAPH_GENESIS.config, challengeWindowBlocks: 40 };
    const chain = chainWithGraph(job.model, { params, config });
    for (const i of holders.keys()) {
      chain.must(requester, submitGraph(`t${i}`, job.bytes));
      const { provider, operator } = drawnFor(chain, `t${i}`);
      chain.must(operator, submitResult(`t${i}`, provider, { output: first }));
    }
    const drawn = new Set(holders.map((_, i) => taskOf(chain, `t${i}`).assignedTo));
    expect(drawn.size).toBe(holders.length);
    chain.must(requester, submitGraph('more', job.bytes));
    const { finalAtHeight } = taskOf(chain, 't0');
    chain.mineUntil(finalAtHeight - 1);
    expect(taskOf(chain, 'more').status).toBe(TaskStatus.pending);
    // Everybody was busy, so the next visit is four blocks away at most.
    for (let i = 0; i < 4; i++) chain.mine();
    expect(holders.map((_, i) => taskOf(chain, `t${i}`).assignedTo)).toContain(
      taskOf(chain, 'more').assignedTo,
    );
  });

  it('deadlines follow the longest answer, windows the posted one', () => {
    const record = chainWithGraph(job.model);
    record.must(requester, submitGraph('t', job.bytes));
    const { maxWork } = taskOf(record, 't');
    const params = { ...GRAPH_GENESIS.params, workPerBlock: Number(maxWork / 7n), maxOpenWork: 1 };
    const chain = chainWithGraph(job.model, { ...GRAPH_GENESIS, params });
    chain.must(requester, submitGraph('t', job.bytes, { fee: FEE }));
    const { provider, operator } = drawnFor(chain, 't');
    const { assignedAtHeight, timeoutHeight } = taskOf(chain, 't');
    const longest = timeoutHeight - assignedAtHeight - 3;
    expect(longest).toBeGreaterThanOrEqual(7);
    chain.must(operator, submitResult('t', provider, { output: first }));
    const { postedAtHeight, finalAtHeight, work } = taskOf(chain, 't');
    const window = finalAtHeight - postedAtHeight - 10;
    expect(window).toBe(Number((work + maxWork / 7n - 1n) / (maxWork / 7n)));
    expect(window).toBeLessThan(longest);
  });
});
