import { KIND_NUMBER } from '@aivm/core/attestation';
import { namedHash } from '@aivm/core/crypto';
import { attestedWindowBlocks, signSessionResult } from '@aivm/core/execute';
import {
  isUsable,
  type ProviderAttestation,
  readAccount,
  readChain,
  readProvider,
  Settlement,
  type TaskRecord as Task,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import {
  alice,
  answer,
  BOND,
  bob,
  carol,
  challenge,
  dave,
  inputOf,
  registerProvider,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
  wrongOutput,
} from './scenario.ts';
import {
  attest,
  draw,
  OPTIMISTIC,
  openChain,
  otherKey,
  SLOT,
  session,
  signed,
  TEE,
  WINDOW,
} from './tee-scenario.ts';

const windowOf = ({ finalAtHeight, postedAtHeight }: Task): number => finalAtHeight - postedAtHeight;

describe('the window of an answer', () => {
  it('is ⌈W × (200 − score) / 200⌉', () => {
    const table = [
      [100, 0, 100],
      [100, 50, 75],
      [100, 70, 65],
      [100, 83, 59],
      [100, 99, 51],
      [100, 100, 50],
      [7, 70, 5],
      [1, 100, 1],
      [1_000_000, 55, 725_000],
    ] as const;
    for (const [window, score, expected] of table) expect(attestedWindowBlocks(window, score)).toBe(expected);
  });

  const live = { score: 70 };
  it.each<[string, number, Partial<ProviderAttestation>, number, boolean]>([
    ['a processor, TEE mode', TEE, live, 65, true],
    ['the least score that is trusted', TEE, { score: 50 }, 75, true],
    ['a score below the floor', TEE, { score: 49 }, 100, false],
    ['processor and GPUs', TEE, { score: 93 }, 54, true],
    ['the best score', TEE, { score: 100 }, 50, true],
    ['optimistic mode: shorter, not usable', OPTIMISTIC, live, 65, false],
    ['optimistic mode, best score', OPTIMISTIC, { score: 100 }, 50, false],
    ['GPUs alone', TEE, { cpuTee: false, score: 98, kind: KIND_NUMBER.nvidia }, 100, false],
    ['a software statement', TEE, { hardware: false, cpuTee: false, score: 60 }, 100, false],
    ['a software statement that claims a processor', TEE, { hardware: false, score: 60 }, 100, false],
    ['software, optimistic', OPTIMISTIC, { hardware: false, cpuTee: false, score: 60 }, 100, false],
    ['expired before the answer', TEE, { validUntil: 1_000_002 }, 100, false],
    ['not valid yet', TEE, { validFrom: 2 ** 39 }, 100, false],
    ['evidence without a session key', TEE, { sessionKey: new Uint8Array(20) }, 100, false],
    [
      'held against a list that a newer one has overtaken',
      TEE,
      { authorities: [{ slot: SLOT, thisUpdate: 999 }] },
      100,
      false,
    ],
    ['held against the newest list', TEE, { authorities: [{ slot: SLOT, thisUpdate: 1_000 }] }, 65, true],
  ])('%s', (_, mode, attestation, window, usable) => {
    const chain = draw(mode, attestation);
    chain.must(bob, signed(chain));
    const task = taskOf(chain, 't');
    expect([windowOf(task), task.usable]).toEqual([window, usable]);
    expect(chain.last.events).toContainEqual(
      expect.objectContaining({ kind: 'task', reason: 'posted', usable }),
    );
  });

  it('is the full one where the attestation ended between draw and answer', () => {
    const chain = draw(TEE);
    attest(chain, bob, 'p', { validUntil: chain.tip.header.timestamp });
    chain.must(bob, signed(chain));
    expect([windowOf(taskOf(chain, 't')), taskOf(chain, 't').usable]).toEqual([WINDOW, false]);
  });

  it('stays short where the attestation ends after the answer', () => {
    const chain = draw(TEE);
    chain.must(bob, signed(chain));
    attest(chain, bob, 'p', { validUntil: chain.tip.header.timestamp });
    const { finalAtHeight } = taskOf(chain, 't');
    chain.mineUntil(finalAtHeight);
    expect(taskOf(chain, 't')).toMatchObject({ settlement: Settlement.final, endedAtHeight: finalAtHeight });
  });

  it('does not concern redundant tasks, which any chain takes', () => {
    const chain = openChain();
    for (const [i, who] of [bob, carol, dave].entries()) {
      chain.must(who, registerProvider(who, `p${i}`));
      attest(chain, who, `p${i}`);
    }
    chain.must(alice, submitTask('r', { mode: 1, n: 3 }));
    expect(taskOf(chain, 'r')).toMatchObject({ mode: 1, m: 2, n: 3, usable: false });
    chain.must(alice, submitTask('o', { mode: 2 }));
    expect(taskOf(chain, 'o')).toMatchObject({ mode: 2, n: 0 });
    const optimistic = openChain(OPTIMISTIC);
    expect(optimistic.apply(alice, submitTask('o', { mode: 2 }))).toBe('not_supported');
  });

  it('is the full one for an attested provider that does not sign', () => {
    const chain = draw(TEE);
    answer(chain, 't');
    expect(windowOf(taskOf(chain, 't'))).toBe(WINDOW);
    expect(taskOf(chain, 't').usable).toBe(false);
  });

  it('is the full one for a provider without any attestation, which is drawn all the same', () => {
    const chain = openChain();
    chain.must(bob, registerProvider(bob, 'p'));
    chain.must(alice, submitTask('t'));
    untilAssigned(chain, 't');
    chain.must(bob, signed(chain));
    expect([windowOf(taskOf(chain, 't')), taskOf(chain, 't').usable]).toEqual([WINDOW, false]);
  });
});

describe('a session signature', () => {
  const otherHash = namedHash('Output', Uint8Array.of(1));
  it.each<[string, Parameters<typeof signed>[1]]>([
    ['of another key', { by: otherKey }],
    ["of the operator's key", { by: bob }],
    ['over another output', { outputHash: otherHash }],
    ['over another attempt', { attempt: 2 }],
    ['over another task', { taskId: 'u' }],
    ['over another chain', { genesisHash: new Uint8Array(32) }],
  ])('%s is refused', (_, over) => {
    for (const mode of [TEE, OPTIMISTIC]) {
      const chain = draw(mode);
      expect(chain.apply(bob, signed(chain, over))).toBe('bad_signature');
      expect(taskOf(chain, 't').postedAtHeight).toBe(0);
      expect(chain.apply(bob, signed(chain))).toBe('');
    }
  });

  it('is refused where it is not 65 bytes, is not canonical, or stands beside an error', () => {
    const chain = draw(TEE);
    const good = signed(chain);
    const withSignature = (sessionSignature: Uint8Array) => chain.apply(bob, { ...good, sessionSignature });
    expect(withSignature(good.sessionSignature.slice(0, 64))).toBe('malformed');
    expect(withSignature(new Uint8Array(65))).toBe('bad_signature');
    const flipped = good.sessionSignature.slice();
    flipped[64] = 1 - (flipped[64] ?? 0);
    expect(withSignature(flipped)).toBe('bad_signature');
    expect(chain.apply(bob, { ...good, output: new Uint8Array(), error: 'no' })).toBe('malformed');
    expect(withSignature(good.sessionSignature)).toBe('');
  });

  it('costs the work of one more recovery', () => {
    const chain = draw(TEE);
    const { burned } = chain.must(bob, signed(chain)).outcomes[0] ?? { burned: 0n };
    const plain = draw(TEE);
    plain.must(bob, submitResult('t', 'p'));
    expect(burned - (plain.last.outcomes[0]?.burned ?? 0n)).toBeGreaterThanOrEqual(400_000n);
  });
});

describe('a usable answer', () => {
  it('is neither paid nor free before its window ends', () => {
    const chain = draw(TEE);
    const before = readProvider(chain.state, 'p');
    chain.must(bob, signed(chain));
    const { finalAtHeight, reservation } = taskOf(chain, 't');
    expect(reservation).toBeGreaterThan(0n);
    while (chain.height < finalAtHeight - 1) {
      chain.mine();
      const provider = readProvider(chain.state, 'p');
      expect(provider).toMatchObject({ openResults: 1, feesEarned: 0n, reserved: before?.reserved });
      expect(taskOf(chain, 't')).toMatchObject({ receiptNumber: 0, usable: true });
    }
    chain.mine();
    expect(readProvider(chain.state, 'p')).toMatchObject({ openResults: 0, reserved: 0n });
    expect(readProvider(chain.state, 'p')?.feesEarned).toBeGreaterThan(0n);
    expect(taskOf(chain, 't')).toMatchObject({ receiptNumber: 1, usable: true });
  });

  it('can be challenged up to its window, and not at its end', () => {
    const claim = challenge('t', { output: wrongOutput(inputOf(1)) });
    const inTime = draw(TEE);
    inTime.must(bob, signed(inTime));
    inTime.mineUntil(taskOf(inTime, 't').finalAtHeight - 2);
    expect(inTime.apply(carol, claim)).toBe('');
    expect(taskOf(inTime, 't').usable).toBe(true);
    const late = draw(TEE);
    late.must(bob, signed(late));
    late.mineUntil(taskOf(late, 't').finalAtHeight - 1);
    expect(late.apply(carol, claim)).toBe('too_late');
  });

  it('falls by proof: whoever relied on it is told, and the attested liar is convicted', () => {
    const chain = draw(TEE);
    const output = wrongOutput(inputOf(1));
    chain.must(bob, signed(chain, { output }));
    expect(taskOf(chain, 't').usable).toBe(true);
    chain.must(carol, challenge('t'));
    expect(readProvider(chain.state, 'p')?.status).toBe(2);
    expect(taskOf(chain, 't')).toMatchObject({ usable: false, finalAtHeight: 0 });
    expect(chain.last.events).toContainEqual({
      kind: 'retraction',
      taskId: 't',
      provider: 'p',
      outputHash: namedHash('Output', output),
      reason: 'challenge_upheld',
    });
  });

  it('falls with all the others of its provider once one of them is proven a lie', () => {
    const chain = openChain();
    chain.must(bob, registerProvider(bob, 'p', { bond: 2n * BOND }));
    attest(chain, bob, 'p');
    const ids = ['t0', 't1', 't2', 't3', 't4'];
    for (const id of ids) {
      chain.must(alice, submitTask(id));
      untilAssigned(chain, id);
      const output = wrongOutput(inputOf(1));
      const { genesisHash } = readChain(chain.state);
      const outputHash = namedHash('Output', output);
      const sessionSignature = signSessionResult(
        { genesisHash, taskId: id, attempt: 1, outputHash },
        session.key,
      );
      chain.must(bob, submitResult(id, 'p', { output, sessionSignature }));
    }
    expect(ids.every((id) => isUsable(chain.state, taskOf(chain, id)))).toBe(true);
    const paid = readAccount(chain.state, bob.address).balance;

    chain.must(carol, challenge('t2'));
    // The records of the others change at their own timers; nobody is told meanwhile that they may be relied on.
    for (const id of ['t0', 't1', 't3', 't4']) {
      expect(taskOf(chain, id)).toMatchObject({ settlement: Settlement.posted, usable: true });
      expect(isUsable(chain.state, taskOf(chain, id))).toBe(false);
      expect(chain.apply(dave, challenge(id))).toBe('provider_slashed');
    }
    const fallen: string[] = [];
    const last = Math.max(...ids.map((id) => taskOf(chain, id).finalAtHeight));
    while (chain.height < last) {
      for (const event of chain.mine().events) if (event.kind === 'retraction') fallen.push(event.taskId);
    }
    expect(fallen).toEqual(['t0', 't1', 't3', 't4']);
    expect(ids.map((id) => [taskOf(chain, id).usable, taskOf(chain, id).receiptNumber])).toEqual(
      ids.map(() => [false, 0]),
    );
    // Convicted once: one forfeit, nothing earned, nothing held any more.
    expect(readProvider(chain.state, 'p')).toMatchObject({ bond: BOND, reserved: 0n, feesEarned: 0n });
    expect(readAccount(chain.state, bob.address).balance).toBe(paid);
  });
});
