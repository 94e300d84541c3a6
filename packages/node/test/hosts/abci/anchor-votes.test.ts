import { bytesToHex } from '@aivm/core/bytes';
import { keccak256, signDigest } from '@aivm/core/crypto';
import { describe, expect, it } from 'vitest';
import { toValidatorSet } from '../../../src/anchors/validators/signing-state.ts';
import { hashValidatorSet } from '../../../src/anchors/validators/validator-set.ts';
import {
  isAnswer,
  parseAnswer,
  parseExtension,
  serializeAnswer,
  serializeExtension,
  VOTE_EXTENSION_BYTES_MAX,
} from '../../../src/anchors/validators/vote-extension.ts';
import { ANCHORED_CONFIG } from '../../support/anchored-chain.ts';
import { people, type TestAccount, testGenesis, transfer } from '../../support/test-genesis.ts';
import { testSigner, VotingNetwork } from '../../support/voting-network.ts';

const [alice, bob] = people(2) as [TestAccount, TestAccount];
/** Every second block makes an anchor: that of height 2 is signed by the votes of 3, in block 4. */
const genesis = testGenesis([alice, bob], { config: ANCHORED_CONFIG });
const NAMES = ['a', 'b', 'c', 'd'];
const KEYS = NAMES.map((name) => testSigner(genesis, name));

const network = async (): Promise<VotingNetwork> => {
  const own = new VotingNetwork(NAMES, genesis);
  await own.start(KEYS);
  return own;
};
/** What each validator has of an anchor's signatures: how many, or undefined. */
const signersOf = (own: VotingNetwork, anchor: number): readonly (number | undefined)[] =>
  own.validators.map(
    ({ node }) =>
      node.anchors.signatures.ofAnchor(anchor)?.signatures.filter(({ length }) => length > 0).length,
  );
const statesOf = (own: VotingNetwork): number =>
  new Set(own.validators.map(({ node }) => JSON.stringify(node.anchors.signatures.state(), showBigint))).size;
const showBigint = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? bytesToHex(value) : value;

describe('validators that sign anchors with their votes', () => {
  it('have an anchor of H with all signatures after H + 2, beside blocks that know nothing of it', async () => {
    const own = await network();
    await own.rounds(3);
    expect(signersOf(own, 0)).toEqual([undefined, undefined, undefined, undefined]);
    const pay = alice.sign(transfer(bob.address), 0n).bytes;
    const { entries } = await own.round({ txs: [pay] });
    expect(entries.map(isAnswer)).toEqual([true, false]);
    expect(signersOf(own, 0)).toEqual([4, 4, 4, 4]);
    const { blocks } = (own.validators[0] as (typeof own.validators)[0]).node;
    expect(blocks.getBlock(4)?.block.transactions.map(({ bytes }) => bytes)).toEqual([pay]);
    expect(statesOf(own)).toBe(1);
  });

  it('go on while one is away, and sign again what too few signed', async () => {
    const own = await network();
    await own.rounds(2);
    await own.round({ absent: [3] });
    await own.round();
    expect(signersOf(own, 0)).toEqual([3, 3, 3, 3]);
    // Two that vote and say nothing: two of four are not enough, and the next votes are asked again.
    const silent = { extensions: { 0: new Uint8Array(0), 1: new Uint8Array(0) } };
    await own.round(silent);
    await own.round();
    expect(signersOf(own, 1)).toEqual([undefined, undefined, undefined, undefined]);
    await own.rounds(2);
    expect(signersOf(own, 1)).toEqual([4, 4, 4, 4]);
    expect(signersOf(own, 2)).toEqual([4, 4, 4, 4]);
    expect(statesOf(own)).toBe(1);
  });

  it('do not count the vote of one that lies, repeats itself, or sends garbage', async () => {
    const own = await network();
    await own.rounds(3);
    const before = own.votes[3]?.extension as Uint8Array;
    expect(parseExtension(before).signatures).toHaveLength(1);
    await own.rounds(1);
    const signature = signDigest(keccak256(Uint8Array.of(7)), KEYS[3]?.privateKey as Uint8Array);
    const twoMessages = serializeExtension({
      signatures: [...parseExtension(before).signatures, signature],
      bindings: [],
    });
    const bad: readonly Uint8Array[] = [
      Uint8Array.of(1, 2, 3),
      new Uint8Array(VOTE_EXTENSION_BYTES_MAX + 1),
      new Uint8Array(1 << 20),
      // Of the height before.
      before,
      // Of another message.
      serializeExtension({ signatures: [signature], bindings: [] }),
      twoMessages,
    ];
    for (const [i, extension] of bad.entries()) {
      // Asked are the votes of odd heights; the others are not to sign.
      for (const isUnchecked of [false, true]) {
        await own.round({ extensions: { 3: extension }, isUnchecked });
        expect(own.votes[3]?.extension === undefined, `${i}`).toBe(!isUnchecked);
        const { accepted } = await own.round();
        expect(accepted).toEqual([true, true, true, true]);
      }
    }
    const anchors = own.height / 2 - 1;
    for (let anchor = 1; anchor < anchors; anchor++)
      expect(signersOf(own, anchor), `${anchor}`).toEqual([3, 3, 3, 3]);
    expect(own.validators[0]?.warnings()).toContain('a vote with this extension is refused');
    expect(own.validators[0]?.warnings()).toContain('a vote extension says nothing');
    expect(statesOf(own)).toBe(1);
  });

  it('refuse a proposer that alters what the votes said, leaves it out, or repeats it', async () => {
    const own = await network();
    await own.rounds(4);
    await own.rounds(1);
    const alterations: Readonly<Record<string, (entries: readonly Uint8Array[]) => readonly Uint8Array[]>> = {
      'are missing': (entries) => entries.slice(1),
      'transaction version 97': ([answer]) => [answer as Uint8Array, answer as Uint8Array],
      'no signatures of that validator': ([answer]) => {
        const { signed, ...rest } = parseAnswer(answer as Uint8Array);
        const [one, two, ...others] = signed;
        const swapped = [
          { place: one?.place ?? 0, signatures: two?.signatures ?? [] },
          { place: two?.place ?? 0, signatures: one?.signatures ?? [] },
        ];
        return [serializeAnswer({ ...rest, signed: [...swapped, ...others] })];
      },
      'another state follows': ([answer]) => {
        const whole = parseAnswer(answer as Uint8Array);
        return [serializeAnswer({ ...whole, after: { ...whole.after, signedCount: 9 } })];
      },
      'expected 5': ([answer]) => [serializeAnswer({ ...parseAnswer(answer as Uint8Array), height: 4 })],
      'trailing bytes': ([answer]) => [Uint8Array.of(...(answer as Uint8Array), 0)],
      'needs 4 bytes at offset 16': ([answer]) => [(answer as Uint8Array).slice(0, 40)],
    };
    for (const [text, alter] of Object.entries(alterations)) {
      const { accepted } = await own.round({ alter });
      expect(accepted, text).toEqual([false, false, false, false]);
      expect(own.validators[0]?.warnings()).toContain(text);
    }
    // Left out are signatures, not all of it: fewer count, and where they are too few the next votes sign again.
    const { accepted } = await own.round({
      alter: ([answer]) => {
        const { signed, after, ...rest } = parseAnswer(answer as Uint8Array);
        return [serializeAnswer({ ...rest, signed: signed.slice(2), after: { ...after, signedCount: 1 } })];
      },
    });
    expect(accepted).toEqual([true, true, true, true]);
    expect(signersOf(own, 1)).toEqual([undefined, undefined, undefined, undefined]);
    const answers: Uint8Array[] = [];
    await own.round();
    answers.push((await own.round()).entries[0] as Uint8Array);
    expect(signersOf(own, 1)).toEqual([4, 4, 4, 4]);
    // What was decided before is refused when nothing is asked, and when something else is.
    for (let i = 0; i < 2; i++) {
      const again = await own.round({ alter: () => answers });
      expect(again.accepted).toEqual([false, false, false, false]);
      await own.round();
    }
    expect(statesOf(own)).toBe(1);
  });

  it('change the set once the set before signed it, for a key with a greater serial alone', async () => {
    const own = await network();
    await own.rounds(4);
    const third = own.validators[2] as (typeof own.validators)[0];
    const next = testSigner(genesis, 'c', 1);
    await third.stop();
    await third.start([KEYS[2] as (typeof KEYS)[0], next]);
    await third.engine.info();
    await own.rounds(8);
    const state = third.node.anchors.signatures.state();
    expect(state?.set.number).toBe(1n);
    const change = third.node.anchors.signatures.changeTo(1n);
    expect(change?.signed.set.number).toBe(0n);
    expect(change?.signed.signatures.filter(({ length }) => length > 0).length).toBe(4);
    expect(state?.set.members.some(({ key }) => bytesToHex(key) === bytesToHex(next.binding.key))).toBe(true);
    // Anchors of before are signed again: whoever hands them on may be behind.
    expect(third.node.anchors.signatures.ofAnchor(0)?.set.number).toBe(1n);
    expect(hashValidatorSet(toValidatorSet(state?.set as never))).not.toEqual(
      hashValidatorSet(toValidatorSet(change?.signed.set as never)),
    );
    // The old binding says nothing any more, whoever says it.
    const replay = serializeExtension({ signatures: [], bindings: [KEYS[2]?.binding as never] });
    await own.round({ extensions: { 0: replay } });
    await own.round();
    expect(third.node.anchors.signatures.state()?.keys.map(({ serial }) => serial)).toContain(1n);
    expect(third.node.anchors.signatures.state()?.next).toEqual([]);
    expect(statesOf(own)).toBe(1);
  });

  it('take no key that its own consensus key did not sign, nor one of a stranger', async () => {
    const own = await network();
    await own.rounds(1);
    const forged = { ...testSigner(genesis, 'c', 1).binding, consensusSignature: new Uint8Array(64) };
    const stranger = testSigner(genesis, 'e', 1).binding;
    for (const binding of [forged, stranger]) {
      const extension = serializeExtension({ signatures: [], bindings: [binding] });
      await own.round({ extensions: { 0: extension }, isUnchecked: true });
      await own.round();
    }
    expect(own.validators[1]?.node.anchors.signatures.state()?.next).toEqual([]);
    const alter = ([answer, ...rest]: readonly Uint8Array[]): readonly Uint8Array[] => {
      const whole = parseAnswer(answer as Uint8Array);
      return [serializeAnswer({ ...whole, bindings: [stranger] }), ...rest];
    };
    while (own.height % 2 === 0) await own.round();
    expect((await own.round({ alter })).accepted).toEqual([false, false, false, false]);
  });

  it('know after a restart where they were, at every height', async () => {
    const own = await network();
    for (let i = 0; i < 6; i++) {
      const victim = own.validators[i % 4] as (typeof own.validators)[0];
      await own.round();
      await victim.stop();
      await victim.start([KEYS[i % 4] as (typeof KEYS)[0]]);
      await victim.engine.info();
    }
    expect(signersOf(own, 0)).toEqual([4, 4, 4, 4]);
    expect(signersOf(own, 1)).toEqual([4, 4, 4, 4]);
    expect(statesOf(own)).toBe(1);
  });
});

describe('networks without keys for anchors', () => {
  it('refuse what would be an answer elsewhere, and go on', async () => {
    const other = await network();
    await other.rounds(3);
    const { entries } = await other.round();
    const own = new VotingNetwork(NAMES, genesis);
    await own.start([]);
    await own.rounds(4);
    const refused = await own.round({ alter: () => [entries[0] as Uint8Array] });
    expect(refused.accepted).toEqual([false, false, false, false]);
    await own.rounds(2);
    expect(own.validators[0]?.node.anchors.signatures.state()).toBeUndefined();
  });

  it('and keys that make no set are refused at the beginning', async () => {
    const begin = async (fields: object): Promise<void> => {
      const own = new VotingNetwork(NAMES, genesis);
      const [first] = own.validators as [(typeof own.validators)[0]];
      await first.start([]);
      await first.engine.initChain(genesis.timestamp, fields);
    };
    const fields = (keys = KEYS, height = 1n) =>
      new VotingNetwork(NAMES, genesis).genesisFields(keys, height);
    await expect(begin(fields(KEYS, 0n))).rejects.toThrow('vote_extensions_enable_height: 0');
    await expect(begin(fields(KEYS.slice(1)))).rejects.toThrow('3 of 4 validators have an anchor key');
    const twice = [...KEYS.slice(0, 3), { ...KEYS[2] }] as typeof KEYS;
    await expect(begin(fields(twice))).rejects.toThrow('its serial is 0, and 0 is known');
    const [a, b] = KEYS as [(typeof KEYS)[0], (typeof KEYS)[0]];
    const swapped = { ...a, binding: { ...a.binding, keySignature: b.binding.keySignature } };
    await expect(begin(fields([swapped, ...KEYS.slice(1)]))).rejects.toThrow('not signed by that key');
    const stranger = [...KEYS.slice(1), testSigner(genesis, 'e')];
    await expect(begin(fields(stranger))).rejects.toThrow('is no validator');
    await begin(fields());
  });
});
