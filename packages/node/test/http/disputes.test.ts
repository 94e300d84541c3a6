import { hashCommitment } from '@aivm/core/execute';
import { readProvider, readWholePanel, requireTask, Vote } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import { developmentAccounts, type Wallet } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { placeOf } from '../support/place-of.ts';
import { type Fixture, startFixture } from './fixture.ts';
import { answerOfRow, registerBody, resultBody, taskBody } from './scenario.ts';

const NO_HASH = new Uint8Array(32);
const BOND = 10n ** 16n;
const accounts = developmentAccounts();
const [requester, challenger, ...operators] = accounts as [Wallet, Wallet, ...Wallet[]];
const posted = Uint8Array.of(0x31);
const other = Uint8Array.of(0x32);

/** A development chain whose blocks the test makes: one for each list of signed operations. */
class Court {
  readonly fixture: Fixture;
  readonly #nonces = new Map<Wallet, bigint>();

  constructor(fixture: Fixture) {
    this.fixture = fixture;
    fixture.node.isAutomatic = false;
  }

  async block(...operations: readonly (readonly [Wallet, Operation])[]): Promise<readonly string[]> {
    const bytes = operations.map(([wallet, operation]) => {
      const nonce = this.#nonces.get(wallet) ?? 0n;
      this.#nonces.set(wallet, nonce + 1n);
      return wallet.sign({ ...placeOf(this.fixture.node, nonce), operation });
    });
    if (bytes.length > 0) {
      for (const entry of await this.fixture.client.submitTransactions(bytes)) {
        if (!('hash' in entry)) throw new Error(entry.detail);
      }
    }
    await this.fixture.node.mine();
    return bytes.map(({ id }) => `0x${Buffer.from(id).toString('hex')}`);
  }

  seated(): string[] {
    const { node } = this.fixture;
    const ids = operators.map((_, i) => `p${i}`);
    return ids.filter((id) => {
      const provider = readProvider(node.state(), id);
      return provider !== undefined && [...provider.assigned, ...provider.seats].includes('t');
    });
  }
}

const operatorOf = (id: string): Wallet => operators[Number(id.slice(1))] as Wallet;

async function openCourt(): Promise<Court> {
  const court = new Court(
    await startFixture({
      genesis: {
        params: { development: true, drawSlackBlocks: 2 },
        config: { redundancyFactor: 2, challengeWindowBlocks: 30, taskTimeout: '45s' },
      },
    }),
  );
  await court.block([
    requester,
    {
      kind: 'registerModel',
      id: 'adder',
      name: 'adder',
      modelType: 'function',
      capabilities: [],
      contextSize: 0,
      parameters: '0',
      checkClass: 0,
      deterministic: true,
      header: new Uint8Array(),
      weights: new Uint8Array(),
      weightHash: new Uint8Array(32).fill(1),
      licenseRoot: NO_HASH,
    },
  ]);
  await court.block(
    ...operators.slice(0, 5).map((wallet, i): readonly [Wallet, Operation] => [
      wallet,
      {
        kind: 'registerProvider',
        id: `p${i}`,
        walletAddress: wallet.addressBytes,
        endpoint: '',
        gpus: [],
        models: ['adder'],
        bond: 10n ** 18n,
      },
    ]),
  );
  return court;
}

/** Brings task `t` to a posted result and a challenge. @returns the challenge's hash and the provider. */
async function challengeOpaque(court: Court): Promise<{ id: string; provider: string }> {
  await court.block([
    requester,
    {
      kind: 'submitTask',
      id: 't',
      taskType: 'inference',
      model: 'adder',
      input: Uint8Array.of(0x31),
      fee: 10_000_000n,
      maxAdmission: 0n,
      mode: 0,
      n: 0,
      maxNew: 0,
      deadlineBlocks: 0n,
    },
  ]);
  await court.block();
  const [provider] = court.seated() as [string];
  const result = {
    output: posted,
    error: '',
    computeTimeMs: 1n,
    proof: NO_HASH,
    sessionSignature: new Uint8Array(),
  };
  await court.block([
    operatorOf(provider),
    { kind: 'submitResult', taskId: 't', provider, ...factsOf(court, 't'), ...result },
  ]);
  const [id] = (await court.block([
    challenger,
    { kind: 'challenge', ...claimOf(court, 't'), output: other, bond: BOND },
  ])) as [string];
  return { id, provider };
}

/** What the record of a task binds. */
function factsOf({ fixture }: Pick<Court, 'fixture'>, id: string) {
  const { attempt, inputHash, weightHash } = requireTask(fixture.node.state(), id);
  return { attempt, inputHash, weightHash };
}

function claimOf(court: Pick<Court, 'fixture'>, taskId: string) {
  const { panels: panel, outputHash: postedHash } = requireTask(court.fixture.node.state(), taskId);
  return { taskId, ...factsOf(court, taskId), panel, postedHash, rootCommitment: NO_HASH };
}

/** What a member's seat is about, and its vote. */
function ballot(court: Court, provider: string, output: Uint8Array) {
  const whole = readWholePanel(court.fixture.node.state(), 't');
  if (whole === undefined) throw new Error('no panel');
  const { number, round } = whole.panel;
  const seat = whole.seats.findIndex((one) => one.provider === provider);
  const place = { taskId: 't', provider, ...factsOf(court, 't'), panel: number, round, seat };
  return { place, vote: { vote: Vote.output, output, salt: saltOf(provider) } };
}

const saltOf = (provider: string): Uint8Array => new Uint8Array(32).fill(provider.charCodeAt(1));

const commitmentOf = (court: Court, provider: string, output: Uint8Array): Uint8Array => {
  const { place, vote } = ballot(court, provider, output);
  return hashCommitment({ ...place, ...vote, genesisHash: court.fixture.node.genesisHash });
};

async function vote(court: Court, members: readonly string[], output: Uint8Array): Promise<void> {
  await court.block(
    ...members.map((provider): readonly [Wallet, Operation] => [
      operatorOf(provider),
      {
        kind: 'commitResult',
        ...ballot(court, provider, output).place,
        commitment: commitmentOf(court, provider, output),
      },
    ]),
  );
  await court.block(
    ...members.map((provider): readonly [Wallet, Operation] => {
      const { place, vote } = ballot(court, provider, output);
      return [operatorOf(provider), { kind: 'revealResult', ...place, ...vote, computeTimeMs: 1n }];
    }),
  );
}

describe('disputes before a committee', () => {
  it('are shown while they are open: who sits, how far they are', async () => {
    const court = await openCourt();
    const { client } = court.fixture;
    const { id, provider } = await challengeOpaque(court);
    const [summary] = (await client.listDisputes()).disputes;
    expect(summary).toMatchObject({
      task_id: 't',
      model: 'adder',
      judge: 'committee',
      verdict: 'open',
      provider,
      challenger: challenger.addressBytes,
      bond: BOND,
    });
    expect(summary).not.toHaveProperty('settled_at_height');
    expect(await client.getDispute(id)).toMatchObject({
      panel: { phase: 'drawing', m: 2, n: 3, seats: [] },
      moves: [],
    });
    for (let i = 0; i < 3; i++) await court.block();
    const open = await client.getDispute('t');
    expect(open.panel).toMatchObject({ phase: 'committing', seats: [{ status: 'drawn' }, {}, {}] });
    expect(open.moves.map((move) => 'change' in move && move.change)).toEqual([
      'drawn',
      'drawn',
      'drawn',
      'moved',
    ]);
    const members = court.seated();
    expect(open.panel?.seats.map((seat) => seat.provider).sort()).toEqual(members);
    expect((await client.listDisputes({ verdict: 'open' })).disputes).toHaveLength(1);
    expect((await client.listDisputes({ verdict: 'upheld' })).disputes).toEqual([]);
  });

  it.each([
    ['rejected', posted],
    ['upheld', other],
    ['undecided', undefined],
  ] as const)('end %s, with every move on record', async (verdict, output) => {
    const court = await openCourt();
    const { client, node } = court.fixture;
    const { id } = await challengeOpaque(court);
    for (let i = 0; i < 3; i++) await court.block();
    const members = court.seated();
    if (output === undefined) await node.mine(100);
    else await vote(court, members, output);
    const dispute = await client.getDispute(id);
    expect(dispute).toMatchObject({ verdict, ...(verdict === 'upheld' ? { claim_right: true } : {}) });
    expect(dispute.panel).toBeUndefined();
    expect(dispute.settled_at_height).toBeGreaterThan(dispute.opened_at_height);
    const changes = dispute.moves.map((move) =>
      move.kind === 'seat' ? move.change : move.kind === 'dispute' ? move.phase : move.kind,
    );
    const expected =
      output === undefined
        ? // The absent seats are drawn once more; one other operator is left for them.
          [
            'drawn',
            'drawn',
            'drawn',
            'committing',
            'absent',
            'absent',
            'absent',
            'drawn',
            'committing',
            'challenge',
          ]
        : [
            'drawn',
            'drawn',
            'drawn',
            'committing',
            'committed',
            'committed',
            'committed',
            'revealing',
            'revealed',
            'revealed',
            'revealed',
            'challenge',
          ];
    expect(changes.sort()).toEqual(expected.sort());
    expect(await client.getDispute('t')).toEqual(dispute);
  });
});

describe('disputes before the kernel', () => {
  it('are over in their own block, and come in pages', async () => {
    const fixture = await startFixture({ genesis: { config: { challengeWindowBlocks: 30 } } });
    const { client, node } = fixture;
    await client.call('registerProvider', { body: registerBody('p-1') });
    await client.call('submitTask', { body: taskBody('t-1') });
    await node.mine();
    await client.call('submitResult', { body: resultBody('t-1') });
    const [right] = answerOfRow() as [number];
    const hashes: Uint8Array[] = [];
    for (let nonce = 0n; nonce < 3n; nonce++) {
      const output = Uint8Array.of((right + 1 + Number(nonce)) & 255);
      const operation = {
        kind: 'challenge',
        ...claimOf({ fixture }, 't-1'),
        output,
        bond: BOND * 10n,
      } as const;
      const tx = accounts[9]!.sign({ ...placeOf(fixture.node, nonce), operation });
      hashes.push(tx.id);
      await client.submitTransaction(tx, { wait: 'accepted' });
    }
    const all = (await client.listDisputes()).disputes;
    expect(all.map(({ id }) => id)).toEqual([...hashes].reverse());
    expect(all[0]).toMatchObject({ judge: 'kernel', verdict: 'rejected', task_id: 't-1', provider: 'p-1' });
    expect(all[0]?.settled_at_height).toBe(all[0]?.opened_at_height);
    const first = await client.listDisputes({ limit: 2 });
    expect(first.disputes).toEqual(all.slice(0, 2));
    const rest = await client.listDisputes({ limit: 2, cursor: first.next_cursor });
    expect(rest).toEqual({ disputes: all.slice(2) });
    const oldest = await client.getDispute(`0x${Buffer.from(hashes[0]!).toString('hex')}`);
    expect(oldest.moves).toMatchObject([{ kind: 'challenge', upheld: false, task_id: 't-1' }]);
    // By task: its latest.
    expect((await client.getDispute('t-1')).id).toEqual(hashes[2]);
  });

  it('are not found where there are none', async () => {
    const { client } = await startFixture();
    expect(await client.listDisputes()).toEqual({ disputes: [] });
    await expect(client.getDispute('t-1')).rejects.toMatchObject({ code: 'not_found' });
    await expect(client.getDispute(`0x${'00'.repeat(32)}`)).rejects.toMatchObject({ code: 'not_found' });
    await expect(client.listDisputes({ cursor: 'x' })).rejects.toMatchObject({ code: 'malformed' });
  });
});
