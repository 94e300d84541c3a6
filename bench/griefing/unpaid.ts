import { createVertex, parseVertex } from '@aivm/core/block';
import { readChain } from '@aivm/core/state';
import { parseTransaction } from '@aivm/core/tx';
import { personOf } from '../capture/memory-chain.ts';
import { Stage, taskOf } from './stage.ts';

const VERTICES = 20;
const TRANSACTIONS = 50;

/** Milliseconds of processor time that something takes. */
function timeOf<T>(run: () => T): { readonly ms: number; readonly value: T } {
  const before = process.cpuUsage();
  const value = run();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1_000, value };
}

/** Vertices of junk cost no coins: what they cost their maker and a machine that hears of them, in time and in bytes. */
export function describeUnpaid(): string {
  const stage = new Stage([]);
  const { chainId, genesisHash, epoch } = readChain(stage.chain.state);
  const place = { chainId, genesisHash, parents: [], height: 0, epoch: Number(epoch) };
  const input = new Uint8Array(400);
  const made = timeOf(() =>
    Array.from({ length: VERTICES }, (_, v) => {
      const transactions = Array.from({ length: TRANSACTIONS }, (__, i) =>
        stage.chain.sign(personOf(`penniless-${i}`), taskOf(`junk-${v}-${i}`, { input })),
      );
      return createVertex({ ...place, transactions });
    }),
  );
  const heard = timeOf(() => made.value.map(({ bytes }) => parseVertex(bytes, parseTransaction)));
  const bytes = made.value.reduce((sum, vertex) => sum + vertex.bytes.length, 0);
  const count = VERTICES * TRANSACTIONS;
  const each = (ms: number): string => ((1_000 * ms) / count).toFixed(0);
  return `junk in vertices: ${each(made.ms)} us to make a transaction, ${each(heard.ms)} us to hear of it, ${bytes / count} bytes`;
}
