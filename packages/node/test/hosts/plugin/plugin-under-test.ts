import { onTestFinished } from 'vitest';
import type { Plugin, PluginOptions } from '../../../src/hosts/plugin/plugin.ts';
import { PluginChain } from '../../../src/hosts/plugin/plugin-chain.ts';
import { VM } from '../../../src/hosts/vm/vm.ts';
import type { KeyValueStore } from '../../../src/store/key-value-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import {
  people,
  TEST_TIMESTAMP,
  type TestAccount,
  testGenesis,
  transfer,
} from '../../support/test-genesis.ts';

const [alice, bob] = people(2) as [TestAccount, TestAccount];

/** A plugin in this process over a chain in memory, whose clock stands. */
export async function startTestPlugin(
  start: (options: PluginOptions) => Promise<Plugin>,
  { store = new MemoryStore(), ...options }: Partial<PluginOptions> & { store?: KeyValueStore } = {},
) {
  const genesis = testGenesis([alice, bob]);
  const log = new RecordingLog();
  const vm = new VM({ nowMs: () => (TEST_TIMESTAMP + 60) * 1_000, log });
  const chain = new PluginChain({
    log,
    makeVM: async () => vm,
    open: () => ({ store, genesis, pace: 'host' }),
  });
  const plugin = await start({ chain, log, ...options });
  onTestFinished(() => plugin.stop());
  let nonce = 0n;
  return {
    plugin,
    log,
    vm,
    /** Puts a payment into the pool. */
    pay: (): void => void vm.node().port.submitTransaction(alice.sign(transfer(bob.address), nonce++).bytes),
    height: (): number => vm.node().lastAccepted().header.height,
  };
}

/** What a node says to a chain whose place and genesis the tests choose. */
export const ANYWHERE = { genesis: '', chainDataDir: '/nowhere' };
