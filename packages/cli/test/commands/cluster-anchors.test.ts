import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnchorMessage, parseAnchorMessage } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import { textToAddress } from '@aivm/core/crypto';
import {
  AnchorsContract,
  anchorDigest,
  collectSignatures,
  deployAnchorsContract,
  type SignedDigest,
  type ValidatorSet,
  ValidatorsContract,
} from '@aivm/node';
import { type Client, createClient, type ValidatorSignatures } from '@aivm/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER, STRANGER } from '../../../node/test/support/anchors-on-evm.ts';
import { EvmChain } from '../../../node/test/support/evm-chain.ts';
import { findEngine } from '../../src/cluster/find-engine.ts';
import { type RunningCluster, startCluster } from '../../src/cluster/start-cluster.ts';
import { createDevnetGenesis } from '../../src/node/devnet-genesis.ts';
import { runCli } from '../spawn-cli.ts';

const PATIENCE_MS = 600_000;
const engine = await findEngine(undefined, process.env).catch(() => undefined);
if (engine === undefined) console.log('skipped: cometbft is not installed');

const NONE: Uint8Array = new Uint8Array(0);

describe.skipIf(engine === undefined)('anchors that four validators on real CometBFT signed', () => {
  let directory = '';
  let cluster: RunningCluster;
  let clients: readonly [Client, ...Client[]];
  let evm: EvmChain;
  let contract: ValidatorsContract;
  let anchors = '';
  let handedIn = 0;

  const until = async <T>(what: string, ask: () => Promise<T | undefined>): Promise<T> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await ask().catch(() => undefined);
      if (answer !== undefined) return answer;
      if (Date.now() > deadline) throw new Error(`never ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const signaturesOf = (number: number, client = clients[0]): Promise<ValidatorSignatures> =>
    until(`signatures of anchor ${number}`, () => client.getAnchorSignatures(number));
  const messageOf = async (number: number): Promise<AnchorMessage> => {
    const { anchors: [anchor] = [] } = await clients[0].listAnchors({ limit: 1, cursor: String(number + 1) });
    if (anchor?.number !== BigInt(number)) throw new Error(`no anchor ${number}`);
    return parseAnchorMessage(anchor.message);
  };
  const hand = async (
    message: AnchorMessage,
    set: ValidatorSet,
    signatures: readonly Uint8Array[],
  ): Promise<void> => {
    const signed = { signatures } as SignedDigest;
    await contract.submit(anchors, message, { set, signed });
  };
  /** The first of the signatures that are there, as many as are wanted. */
  const some = (signatures: readonly Uint8Array[], count: number): readonly Uint8Array[] => {
    let left = count;
    return signatures.map((one) => (one.length > 0 && left-- > 0 ? one : NONE));
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-signed-'));
    const genesis = createDevnetGenesis({
      ...{ timestamp: Math.floor(Date.now() / 1_000), blockTimeMs: 300, accounts: 2 },
      configText: '{"merkleAnchorFreq": 8}',
    });
    cluster = await startCluster({
      ...{ directory, genesis, validators: 4, blockTimeMs: 300, restartAfterMs: 500 },
      env: process.env,
      report: () => undefined,
      signal: new AbortController().signal,
    });
    clients = cluster.urls.map((url) => createClient({ url })) as [Client, ...Client[]];
    evm = await EvmChain.create([OWNER.account.address, STRANGER.account.address]);
  }, PATIENCE_MS);

  afterAll(async () => {
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true });
  }, 60_000);

  it(
    'are the same on all four, and count from three of four and not from two',
    async () => {
      const { chain_id: chainId, genesis_hash: genesisHash } = await clients[0].getConfig();
      const answers = await Promise.all(clients.map((client) => signaturesOf(1, client)));
      expect(new Set(answers.map(({ digest }) => bytesToHex(digest))).size).toBe(1);
      const { first } = await clients[0].getAnchorValidators();
      if (first === undefined) throw new Error('no first set');
      const place = { endpoint: evm, privateKey: STRANGER.key, chainId, genesisHash };
      contract = await ValidatorsContract.deploy({ ...place, set: first });
      const submitter = textToAddress(contract.address);
      anchors = (await deployAnchorsContract({ ...place, privateKey: OWNER.key, submitter })).address;
      for (; handedIn < 2; handedIn++) {
        const message = await messageOf(handedIn);
        const { set, signatures, digest } = await signaturesOf(handedIn);
        expect(anchorDigest({ chainId, genesisHash }, set, message)).toEqual(digest);
        expect(collectSignatures(set, digest, signatures).isEnough).toBe(true);
        await expect(hand(message, set, some(signatures, 2))).rejects.toThrow(/TooLittlePower/);
        await hand(message, set, some(signatures, 3));
      }
      expect(await (await AnchorsContract.open(evm, anchors)).nextNumber()).toBe(2);
    },
    PATIENCE_MS,
  );

  it(
    'go on across a key that a validator replaces while the network runs',
    async () => {
      const validator = join(directory, 'validator-4');
      const { code, stdout } = await runCli([
        ...['anchor', 'key', '--json', '--genesis', join(directory, 'genesis.json'), '--serial', '1'],
        ...['--consensus-key', join(validator, 'engine', 'config', 'priv_validator_key.json')],
        ...['--out', join(validator, 'anchor-keys', '1.json')],
      ]);
      expect(code).toBe(0);
      const { binding } = JSON.parse(stdout) as { binding: { key: string } };
      process.kill(cluster.pids()[3]?.app as number, 'SIGKILL');
      const { set, changes } = await until('another set', async () => {
        const answer = await clients[0].getAnchorValidators();
        return answer.set.number === 1n ? answer : undefined;
      });
      expect(set.validators.map(({ key }) => `0x${bytesToHex(key)}`)).toContain(binding.key);
      const [change] = changes;
      if (change === undefined) throw new Error('no change');
      const { signatures: signed, to } = change;
      const byTwo = { signatures: some(signed.signatures, 2) } as SignedDigest;
      await expect(contract.changeSet(signed.set, to, byTwo)).rejects.toThrow(/TooLittlePower/);
      // One that is made after the change: `signed_anchors` goes back while the new set signs the newest again.
      const last = Math.max(handedIn, (await clients[0].listAnchors({ limit: 1 })).count);
      let isChanged = false;
      // What the old set signed first, then the change, then what the new one signed; the last has one that only it signed.
      for (; handedIn <= last; handedIn++) {
        const answer = await signaturesOf(handedIn);
        const message = await messageOf(handedIn);
        if (answer.set.number === 0n) {
          await hand(message, answer.set, answer.signatures);
          continue;
        }
        if (!isChanged) {
          await contract.changeSet(signed.set, to, {
            signatures: some(signed.signatures, 3),
          } as SignedDigest);
          await expect(hand(message, answer.set, some(answer.signatures, 2))).rejects.toThrow(
            /TooLittlePower/,
          );
          // The old set signs no more.
          await expect(hand(message, signed.set, answer.signatures)).rejects.toThrow(/NotTheSet/);
          isChanged = true;
        }
        await hand(message, answer.set, some(answer.signatures, 3));
      }
      expect(isChanged).toBe(true);
      expect(await (await AnchorsContract.open(evm, anchors)).nextNumber()).toBe(handedIn);
    },
    PATIENCE_MS,
  );

  it(
    'are shown by the command line',
    async () => {
      const [url = ''] = cluster.urls;
      const signatures = await runCli(['anchor', 'signatures', '0', '--node', url]);
      expect(signatures.stdout).toMatch(/anchor 0: (30|40) of 40 of the power of set [01] signed/);
      const validators = await runCli(['anchor', 'validators', '--node', url]);
      expect(validators.stdout).toContain('set 1, 0x');
      const missing = await runCli(['anchor', 'signatures', '9999999', '--node', url]);
      expect(missing.stderr).toContain('not_found: signatures of anchor 9999999');
    },
    PATIENCE_MS,
  );
});
