import {
  readAccount,
  readChain,
  readDispute,
  readPanel,
  readProvider,
  readTask,
  readTaskOutput,
  Settlement,
  TaskStatus,
} from '@aivm/core/state';
import { describe, expect, test } from 'vitest';
import { ANSWER_FACTS, CLAIM_FACTS } from './named-facts.ts';
import {
  BOND,
  codes,
  commit,
  draw,
  NO_HASH,
  open,
  operatorOf,
  reveal,
  SEAT_FEE,
  seated,
  submit,
  user,
  watcher,
} from './panel-scenario.ts';
import type { TestChain } from './test-chain.ts';

describe('a committee', () => {
  const posted = Uint8Array.of(1, 2);
  const other = Uint8Array.of(9);

  function dispute(
    providers: number,
    genesis: Record<string, unknown> = {},
  ): { chain: TestChain; provider: string; members: string[] } {
    const chain = open(providers, ['adder'], genesis);
    chain.mine([chain.sign(user, submit({ model: 'adder', mode: 0 }))]);
    chain.mine();
    const [provider] = seated(chain) as [string];
    chain.mine([
      chain.sign(operatorOf(provider), {
        kind: 'submitResult',
        taskId: 't',
        provider,
        ...ANSWER_FACTS,
        output: posted,
        error: '',
        computeTimeMs: 1n,
        proof: NO_HASH,
        sessionSignature: new Uint8Array(0),
      }),
    ]);
    chain.mine([
      chain.sign(watcher, {
        kind: 'challenge',
        taskId: 't',
        ...CLAIM_FACTS,
        output: other,
        bond: 10n ** 16n,
        rootCommitment: NO_HASH,
      }),
    ]);
    if (codes(chain)[0] !== '') return { chain, provider, members: [] };
    return { chain, provider, members: draw(chain, readPanel(chain.state, 't')?.n ?? 0) };
  }

  function vote(chain: TestChain, members: readonly string[], output: Uint8Array): void {
    chain.mine(members.map((id) => commit(chain, id, output)));
    chain.mine(members.map((id) => reveal(chain, id, output)));
  }

  test('upholds a result: the challenger loses its bond and pays the members', () => {
    const { chain, provider, members } = dispute(7);
    expect(members).toHaveLength(5);
    expect(members).not.toContain(provider);
    const wallet = readAccount(chain.state, operatorOf(provider).address).balance;
    vote(chain, members, posted);
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.final);
    expect(readAccount(chain.state, operatorOf(provider).address).balance - wallet).toBeGreaterThan(
      10n ** 16n / 2n - 1n,
    );
    expect(readDispute(chain.state, 't')).toBeUndefined();
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
  });

  test('overturns a result: the requester is refunded, the provider pays penalty and committee', () => {
    const { chain, provider, members } = dispute(7);
    const challengerBefore = readAccount(chain.state, watcher.address).balance;
    vote(chain, members, other);
    expect(readTask(chain.state, 't')).toMatchObject({
      settlement: Settlement.void,
      status: TaskStatus.failed,
    });
    expect(readAccount(chain.state, watcher.address).balance - challengerBefore).toBe(
      10n ** 16n + 5n * SEAT_FEE,
    );
    expect(readProvider(chain.state, provider)?.bond).toBe(BOND - 50_000_000n - 5n * SEAT_FEE);
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
  });

  test('has 2M − 1 seats of which M must agree', () => {
    const { chain, members } = dispute(10, { config: { redundancyFactor: 4 } });
    expect(members).toHaveLength(7);
    expect(readPanel(chain.state, 't')).toMatchObject({ m: 4, n: 7 });
  });

  test('leaves no output of a result that fell', () => {
    const { chain, members } = dispute(7);
    expect(readTaskOutput(chain.state, 't')).toEqual(posted);
    vote(chain, members, other);
    expect(readTaskOutput(chain.state, 't')).toBeUndefined();
  });

  test('without enough other providers is refused', () => {
    const { chain } = dispute(6);
    expect(codes(chain)).toEqual(['not_verifiable']);
  });
});
