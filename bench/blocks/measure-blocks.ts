import { createWasmKeccak256 } from '@aivm/backends';
import type { StatelessBlock } from '@aivm/core/block';
import { installKeccak256, keccak256 } from '@aivm/core/crypto';
import { buildBlock } from '@aivm/core/execute';
import { proveStateKey, readAccount, stateKeys } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import { ClassicLevelStore, databaseDirectory, installCrypto } from '@aivm/node';
import { openChain } from '../../packages/node/src/chain/open-chain.ts';
import { TransactionCache } from '../../packages/node/src/mempool/transaction-cache.ts';
import { submitTask, transfer } from '../../packages/node/test/support/test-genesis.ts';
import { GENESIS, SENDERS } from './people.ts';
import { historyId } from './write-history.ts';

/** Each block: so many transfers to addresses that are new, and as many new tasks. */
const TRANSFERS = 50;
const WARM_UP = 5;
/** Blocks on another chain, before. */
const WARM_UP_ELSEWHERE = 40;
/** Tree paths that are read before, as a node that runs for long has read them: enough to fill its cache of nodes. */
const WARM_PATHS = 20_000;
const MIB = 2 ** 20;

type OpenedChain = Awaited<ReturnType<typeof openChain>>;

/** Counts every hash that goes through core; the hasher beneath is the node's own. */
function countHashes(): () => number {
  let count = 0;
  const hash = createWasmKeccak256();
  installKeccak256((message) => {
    count++;
    return hash(message);
  });
  return () => count;
}

/** Reads the paths of keys that lie all over the tree. */
function warmCache({ state, header }: OpenedChain): void {
  const { receiptCount: tasks } = header;
  for (let i = 0; i < WARM_PATHS; i++) {
    proveStateKey(state, header.stateRoot, stateKeys.task(historyId((i * 7_919) % tasks)));
  }
}

/** Opens the chain in `directory` and what is needed to send to it. */
async function openHistory(directory: string) {
  const store = await ClassicLevelStore.open(databaseDirectory(directory));
  const { parse } = new TransactionCache();
  const chain = await openChain({
    store,
    genesis: GENESIS,
    location: directory,
    engine: { parseTransaction: parse },
  });
  for (const sender of SENDERS) sender.nonce = readAccount(chain.state, sender.address).nonce;
  return { store, chain };
}

/** The next block: half transfers, half tasks. */
function nextBlock(chain: OpenedChain): StatelessBlock {
  const parent = chain.accepted();
  const height = parent.header.height + 1;
  const candidates: Transaction[] = SENDERS.slice(3).flatMap((sender, n) => [
    sender.sign(transfer(keccak256(Uint8Array.of(n, height & 255, height >> 8)).slice(12), 1n)),
    sender.sign(submitTask(`new-${height}-${n}`, { model: 'qwen3-8b' })),
  ]);
  const { block } = buildBlock({ parent, timestamp: parent.header.timestamp + 1, candidates });
  if (block.transactions.length !== 2 * TRANSFERS)
    throw new Error(`${block.transactions.length} transactions`);
  return block;
}

async function acceptBlock(chain: OpenedChain, block: StatelessBlock): Promise<void> {
  const { outcomes } = await chain.accept(block.id);
  const refused = outcomes.find(({ code }) => code !== '');
  if (refused !== undefined) throw new Error(`a transaction was refused: ${refused.code}`);
}

/** Lets the compiler see everything on a chain of its own, so that neither history nor this costs the first blocks. */
async function warmUp(directory: string, blocks: number): Promise<void> {
  const { store, chain } = await openHistory(directory);
  for (let i = 0; i < blocks; i++) {
    const block = nextBlock(chain);
    chain.verify(block);
    await acceptBlock(chain, block);
  }
  await store.close();
}

/**
 * Opens the database and verifies and accepts `count` blocks of 100 transactions, fsync included. Transactions are
 * signed, and their signatures recovered, before: that cost has nothing to do with history.
 */
export async function measureBlocks(directory: string, count: number) {
  installCrypto();
  const hashes = countHashes();
  await warmUp(`${directory}-warm-up`, WARM_UP_ELSEWHERE);
  const { store, chain } = await openHistory(directory);
  warmCache(chain);
  const sample = {
    transactions: 2 * TRANSFERS,
    verifyMs: [] as number[],
    acceptMs: [] as number[],
    blockMs: [] as number[],
    hashesPerTransaction: [] as number[],
    cpuMsPerBlock: 0,
    rssMiB: 0,
    heapMiB: 0,
  };
  let cpuMs = 0;
  for (let i = -WARM_UP; i < count; i++) {
    const block = nextBlock(chain);
    const [before, cpu, startedAt] = [hashes(), process.cpuUsage(), performance.now()];
    chain.verify(block);
    const verifiedAt = performance.now();
    await acceptBlock(chain, block);
    const endedAt = performance.now();
    if (i < 0) continue;
    const used = process.cpuUsage(cpu);
    cpuMs += (used.user + used.system) / 1_000;
    sample.verifyMs.push(verifiedAt - startedAt);
    sample.acceptMs.push(endedAt - verifiedAt);
    sample.blockMs.push(endedAt - startedAt);
    sample.hashesPerTransaction.push((hashes() - before) / (2 * TRANSFERS));
  }
  sample.cpuMsPerBlock = cpuMs / count;
  const { rss, heapUsed } = process.memoryUsage();
  sample.rssMiB = rss / MIB;
  sample.heapMiB = heapUsed / MIB;
  await store.close();
  return sample;
}
