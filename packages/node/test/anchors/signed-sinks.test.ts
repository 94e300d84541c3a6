import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textToAddress } from '@aivm/core/crypto';
import { anchorToShape, parseAnchor, parseJson } from '@aivm/sdk';
import { expect, it, onTestFinished } from 'vitest';
import { AnchorDelivery } from '../../src/anchors/anchor-delivery.ts';
import { AnchorsContract, deployAnchorsContract } from '../../src/anchors/evm/anchors-contract.ts';
import { createEvmSink } from '../../src/anchors/evm/evm-sink.ts';
import { ValidatorsContract } from '../../src/anchors/evm/validators-contract.ts';
import { createFileSink } from '../../src/anchors/file-sink.ts';
import { toValidatorSet } from '../../src/anchors/validators/signing-state.ts';
import { ANCHORED_CONFIG } from '../support/anchored-chain.ts';
import { OWNER, STRANGER } from '../support/anchors-on-evm.ts';
import { EvmChain } from '../support/evm-chain.ts';
import { people, testGenesis } from '../support/test-genesis.ts';
import { testSigner, VotingNetwork } from '../support/voting-network.ts';

const genesis = testGenesis(people(1), { config: ANCHORED_CONFIG });
const NAMES = ['a', 'b', 'c', 'd'];
const KEYS = NAMES.map((name) => testSigner(genesis, name));
const signal = new AbortController().signal;

async function networkWithContracts() {
  const network = new VotingNetwork(NAMES, genesis);
  await network.start(KEYS);
  const [validator] = network.validators as [(typeof network.validators)[0]];
  const outbox = validator.node.anchors;
  await network.round();
  const first = outbox.signatures.state()?.set;
  if (first === undefined) throw new Error('nobody signs');
  const evm = await EvmChain.create([OWNER.account.address, STRANGER.account.address]);
  const place = { endpoint: evm, privateKey: STRANGER.key, ...outbox.origin };
  const { address: validators } = await ValidatorsContract.deploy({ ...place, set: toValidatorSet(first) });
  const submitter = textToAddress(validators);
  const owned = { ...place, privateKey: OWNER.key, submitter };
  const { address: contract } = await deployAnchorsContract(owned);
  const sink = createEvmSink({ endpoint: evm, contract, validators, privateKey: STRANGER.key });
  return { network, outbox, evm, contract, sink };
}

it('the EVM sink hands signed anchors in, and changes of the set before what the new one signed', async () => {
  const { network, outbox, evm, contract, sink } = await networkWithContracts();
  await sink.next(outbox.origin, signal);
  const deliver = async (number: number): Promise<void> => {
    const message = outbox.get(number);
    if (message === undefined) throw new Error(`no anchor ${number}`);
    await sink.deliver(anchorToShape(message), signal, outbox.endorsementOf(number));
  };
  await network.rounds(2);
  await expect(deliver(0)).rejects.toThrow('has no signatures of validators');
  await network.round({ absent: [2] });
  await deliver(0);
  const third = network.validators[2] as (typeof network.validators)[0];
  await third.stop();
  await third.start([testSigner(genesis, 'c'), testSigner(genesis, 'c', 1)]);
  await third.engine.info();
  await network.rounds(8);
  const last = 2;
  expect(outbox.endorsementOf(last)?.signed.set.number).toBe(1n);
  for (let number = 1; number <= last; number++) await deliver(number);
  expect(await (await AnchorsContract.open(evm, contract)).nextNumber()).toBe(last + 1);
}, 180_000);

it('a delivery waits for the signatures, and a file gets them', async () => {
  const { network, outbox } = await networkWithContracts();
  const folder = await mkdtemp(join(tmpdir(), 'aivm-signed-'));
  const path = join(folder, 'anchors.jsonl');
  const delivery = new AnchorDelivery('file', createFileSink(path), { outbox });
  onTestFinished(async () => {
    await delivery.stop();
    await rm(folder, { recursive: true, force: true });
  });
  delivery.start();
  await network.rounds(2);
  expect(outbox.count).toBe(1);
  expect(outbox.isReady(0)).toBe(false);
  expect(delivery.status().delivered).toBe(0);
  await network.round();
  await expect.poll(() => delivery.status().delivered).toBe(1);
  const json = parseJson((await readFile(path, 'utf8')).trim()) as { signatures: { signed_power: bigint } };
  expect(parseAnchor(json).number).toBe(0n);
  expect(String(json.signatures.signed_power)).toBe('40');
});
