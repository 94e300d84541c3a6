import type { AnchorMessage } from '@aivm/core/block';
import { bytesToHex, compareBytes, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256, privateKeyToAddress } from '@aivm/core/crypto';
import { hashGenesis } from '@aivm/core/execute';
import { hashTypedData } from 'viem';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnchorsContract,
  deployAnchorsContract,
  verifyReceiptOnEvm,
} from '../../src/anchors/evm/anchors-contract.ts';
import { ValidatorsContract } from '../../src/anchors/evm/validators-contract.ts';
import {
  anchorDigest,
  changeDigest,
  collectSignatures,
  hashValidatorSet,
  type SignedDigest,
  signAsValidator,
  type ValidatorSet,
} from '../../src/anchors/validators/validator-set.ts';
import {
  ANCHORED_GENESIS,
  type AnchoredChain,
  makeReceipts,
  openAnchoredChain,
} from '../support/anchored-chain.ts';
import { OWNER, STRANGER } from '../support/anchors-on-evm.ts';
import { EvmChain } from '../support/evm-chain.ts';
import { TEST_CHAIN_ID } from '../support/test-genesis.ts';

interface Keyed {
  readonly privateKey: Uint8Array;
  readonly key: Uint8Array;
}

const keyed = (name: string): Keyed => {
  const privateKey = keccak256(utf8ToBytes(`validator ${name}`));
  return { privateKey, key: privateKeyToAddress(privateKey) };
};
const sorted = (people: readonly Keyed[]): readonly Keyed[] =>
  [...people].sort((left, right) => compareBytes(left.key, right.key));
const setOf = (number: bigint, people: readonly Keyed[], power = 10n): ValidatorSet => ({
  number,
  validators: sorted(people).map(({ key }) => ({ key, power })),
});

const chain = { chainId: TEST_CHAIN_ID, genesisHash: hashGenesis(ANCHORED_GENESIS) };
const four = sorted(['a', 'b', 'c', 'd'].map(keyed));
const first = setOf(0n, four);

/** The signatures of some of the people, in the order of the set. */
const signedBy = (people: readonly Keyed[], set: ValidatorSet, digest: Uint8Array): SignedDigest =>
  collectSignatures(
    set,
    digest,
    people.map(({ privateKey }) => signAsValidator(digest, privateKey)),
  );
const signAnchor = (people: readonly Keyed[], set: ValidatorSet, message: AnchorMessage) => ({
  set,
  signed: signedBy(people, set, anchorDigest(chain, set, message)),
});

async function deploy(set: ValidatorSet = first) {
  const evm = await EvmChain.create([OWNER.account.address, STRANGER.account.address]);
  const place = { endpoint: evm, privateKey: STRANGER.key };
  const validators = await ValidatorsContract.deploy({ ...place, ...chain, set });
  const submitter = Uint8Array.from(Buffer.from(validators.address.slice(2), 'hex'));
  const { address } = await deployAnchorsContract({
    endpoint: evm,
    privateKey: OWNER.key,
    ...chain,
    submitter,
  });
  return { evm, validators, anchors: address };
}

describe('anchors that validators signed', () => {
  let aivm: AnchoredChain;
  const anchor = (number: number): AnchorMessage => {
    const message = aivm.outbox.get(number);
    if (message === undefined) throw new Error(`no anchor ${number}`);
    return message;
  };
  beforeAll(async () => {
    aivm = await openAnchoredChain();
    await makeReceipts(aivm, 5);
  });

  it('are taken from three of four, whoever hands them in, and a receipt is under them', async () => {
    const { evm, validators, anchors } = await deploy();
    const last = aivm.outbox.count - 1;
    for (let number = 0; number <= last; number++) {
      // Each time another one of the four is away.
      const present = four.filter((_, i) => i !== number % 4);
      await validators.submit(anchors, anchor(number), signAnchor(present, first, anchor(number)));
    }
    const contract = await AnchorsContract.open(evm, anchors);
    expect(await contract.nextNumber()).toBe(last + 1);
    expect(await verifyReceiptOnEvm(contract, aivm.receiptFile(2, last))).toMatchObject({ isValid: true });
  });

  it('are refused from two of four, for another anchor, chain or set, and with a signature that is none', async () => {
    const { validators, anchors } = await deploy();
    const message = anchor(0);
    const submit = (signed: ReturnType<typeof signAnchor>, of = message) =>
      validators.submit(anchors, of, signed);
    const good = signAnchor(four.slice(1), first, message);
    const [absent, ...three] = good.signed.signatures;
    const withSignatures = (signatures: readonly (Uint8Array | undefined)[]) => ({
      set: first,
      signed: { ...good.signed, signatures: signatures.map((one) => one ?? new Uint8Array(0)) },
    });
    expect(absent?.length).toBe(0);
    await expect(submit(signAnchor(four.slice(2), first, message))).rejects.toThrow(
      /TooLittlePower\(uint256 signed, uint256 total\)[\s\S]*\(20, 40\)/,
    );
    await expect(submit(good, { ...message, receiptCount: message.receiptCount + 1 })).rejects.toThrow(
      /BadSignature/,
    );
    // The same one in another's place, and twice: it counts for its own validator alone.
    await expect(submit(withSignatures([three[0], ...three]))).rejects.toThrow(/BadSignature/);
    await expect(submit(withSignatures([absent, three[0], three[0], three[2]]))).rejects.toThrow(
      /BadSignature/,
    );
    await expect(submit(withSignatures(three))).rejects.toThrow(/BadSignatureCount/);
    // A set that was never the contract's, with whoever signs for it.
    const own = setOf(0n, [four[0] as Keyed]);
    await expect(submit(signAnchor(four, own, message))).rejects.toThrow(/NotTheSet/);
    const heavier = {
      number: 0n,
      validators: first.validators.map((one, i) => ({ ...one, power: i < 2 ? 100n : 1n })),
    };
    await expect(submit(signAnchor(four.slice(0, 2), heavier, message))).rejects.toThrow(/NotTheSet/);
    // The other form of a signature, and one without its last byte.
    const other = three[0]?.slice() ?? new Uint8Array(65);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = order - BigInt(`0x${bytesToHex(other.subarray(32, 64))}`);
    other.set(Buffer.from(s.toString(16).padStart(64, '0'), 'hex'), 32);
    other[64] = 1 - (other[64] ?? 0);
    for (const one of [other, three[0]?.slice(0, 64)]) {
      await expect(submit(withSignatures([absent, one, three[1], three[2]]))).rejects.toThrow(/BadSignature/);
    }
    // Nobody submits past the signatures, and what is right is taken.
    await submit(good);
    await expect(submit(good)).rejects.toThrow(/NotNext/);
  });

  it('need more than two thirds of the power, not of the heads', async () => {
    const powers = [40n, 30n, 20n, 10n];
    const set = {
      number: 0n,
      validators: first.validators.map((one, i) => ({ ...one, power: powers[i] as bigint })),
    };
    const { validators, anchors } = await deploy(set);
    const by = (...places: number[]) =>
      signAnchor(
        places.map((i) => four[i] as Keyed),
        set,
        anchor(0),
      );
    // 60 of 100 with three heads; two thirds are 67.
    expect(by(1, 2, 3).signed).toMatchObject({ signed: 60n, total: 100n, isEnough: false });
    await expect(validators.submit(anchors, anchor(0), by(1, 2, 3))).rejects.toThrow(/TooLittlePower/);
    expect(by(0, 1).signed.isEnough).toBe(true);
    await validators.submit(anchors, anchor(0), by(0, 1));
    // Exactly two thirds are not more than two thirds.
    const three = setOf(0n, four.slice(0, 3));
    const digest = anchorDigest(chain, three, anchor(0));
    expect(signedBy(four.slice(0, 2), three, digest).isEnough).toBe(false);
    const again = await deploy(three);
    await expect(
      again.validators.submit(again.anchors, anchor(0), signAnchor(four.slice(0, 2), three, anchor(0))),
    ).rejects.toThrow(/TooLittlePower/);
  });

  it('go on across a change that the set before signed, and the old set signs no more', async () => {
    const { validators, anchors } = await deploy();
    const next = setOf(1n, [...four.slice(1), keyed('e')]);
    const change = changeDigest(chain, first, next);
    await expect(validators.changeSet(first, next, signedBy(four.slice(2), first, change))).rejects.toThrow(
      /TooLittlePower/,
    );
    // Signed for another one.
    const third = setOf(1n, [keyed('x'), keyed('y')]);
    await expect(validators.changeSet(first, third, signedBy(four, first, change))).rejects.toThrow(
      /BadSignature/,
    );
    await validators.submit(anchors, anchor(0), signAnchor(four.slice(1), first, anchor(0)));
    const early = signAnchor(four, first, anchor(1));
    await validators.changeSet(first, next, signedBy(four.slice(0, 3), first, change));
    expect(await validators.current()).toEqual({
      number: 1n,
      hash: `0x${bytesToHex(hashValidatorSet(next))}`,
    });
    // What the old set signed, before or now, and by the new one what was signed for the old.
    await expect(validators.submit(anchors, anchor(1), early)).rejects.toThrow(/NotTheSet/);
    const forOld = signedBy(four.slice(1), next, anchorDigest(chain, first, anchor(1)));
    await expect(validators.submit(anchors, anchor(1), { set: next, signed: forOld })).rejects.toThrow(
      /BadSignature/,
    );
    await expect(validators.changeSet(first, next, signedBy(four, first, change))).rejects.toThrow(
      /NotTheSet/,
    );
    await validators.submit(
      anchors,
      anchor(1),
      signAnchor([...four.slice(1, 3), keyed('e')], next, anchor(1)),
    );
    // And back: the first set under another number is another set.
    const back = setOf(2n, four);
    await validators.changeSet(next, back, signedBy(four.slice(1), next, changeDigest(chain, next, back)));
    await expect(validators.submit(anchors, anchor(2), signAnchor(four, first, anchor(2)))).rejects.toThrow(
      /BadSignature/,
    );
    await validators.submit(anchors, anchor(2), signAnchor(four.slice(1), back, anchor(2)));
  });

  it('are not taken for a contract of another chain, or past the validators', async () => {
    const { evm, validators, anchors } = await deploy();
    const submitter = Uint8Array.from(Buffer.from(validators.address.slice(2), 'hex'));
    const elsewhere = await deployAnchorsContract({
      endpoint: evm,
      privateKey: OWNER.key,
      chainId: chain.chainId,
      genesisHash: new Uint8Array(32).fill(3),
      submitter,
    });
    const signed = signAnchor(four, first, anchor(0));
    await expect(validators.submit(elsewhere.address, anchor(0), signed)).rejects.toThrow(/OtherChain/);
    const contract = await AnchorsContract.open(evm, anchors);
    expect((await contract.submitter()).toLowerCase()).toBe(validators.address.toLowerCase());
  });

  it('refuses sets that no contract may begin with', async () => {
    const evm = await EvmChain.create([OWNER.account.address]);
    const [one] = first.validators;
    if (one === undefined) throw new Error('no validator');
    const sets: readonly ValidatorSet[] = [
      { number: 0n, validators: [] },
      { number: 0n, validators: [one, one] },
      { number: 0n, validators: [...first.validators].reverse() },
      { number: 0n, validators: [{ ...one, power: 0n }] },
    ];
    for (const set of sets) {
      expect(() => hashValidatorSet(set)).toThrow(expect.objectContaining({ code: 'malformed' }));
      const deploying = ValidatorsContract.deploy({ endpoint: evm, privateKey: OWNER.key, ...chain, set });
      await expect(deploying).rejects.toThrow();
    }
    expect(() => changeDigest(chain, first, setOf(2n, four))).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
  });

  it('are signed as wallets sign typed data', () => {
    const hex = (bytes: Uint8Array): `0x${string}` => `0x${bytesToHex(bytes)}`;
    const domain = {
      name: 'AIVM',
      version: '2',
      chainId: Number(chain.chainId),
      salt: hex(chain.genesisHash),
    };
    const next = setOf(1n, four.slice(1));
    const change = hashTypedData({
      domain,
      primaryType: 'ValidatorSetChange',
      types: {
        ValidatorSetChange: [
          { name: 'from', type: 'bytes32' },
          { name: 'to', type: 'bytes32' },
        ],
      },
      message: { from: hex(hashValidatorSet(first)), to: hex(hashValidatorSet(next)) },
    });
    expect(hex(changeDigest(chain, first, next))).toBe(change);
  });
});
