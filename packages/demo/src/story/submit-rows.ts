import { type Operation, signTransaction } from '@aivm/core/tx';
import { type Client, errorOfEntry, type Wallet } from '@aivm/sdk';
import type { WdbcRow } from 'aivm';
import { DEMO_FEE, DEMO_MODEL, taskIdOf } from './cast.ts';

/** Transactions of one request: below what a pool holds of one sender. */
const BATCH_SIZE = 32;

/** How tasks are settled; zeros are the chain's defaults. */
export interface AskedSeats {
  readonly mode: number;
  readonly n: number;
}

const ONE_PROVIDER: AskedSeats = { mode: 0, n: 0 };

const submission = (row: WdbcRow, seats: AskedSeats): Operation => ({
  kind: 'submitTask',
  id: taskIdOf(row.row),
  taskType: 'inference',
  model: DEMO_MODEL,
  input: row.input,
  fee: DEMO_FEE,
  maxAdmission: 0n,
  ...seats,
  maxNew: 0,
  deadlineBlocks: 0n,
});

/**
 * Signs one task for each row and sends them batch after batch, each once the last one is in blocks.
 *
 * @param room waits until there may be so many more tasks in all
 * @throws AivmError the first refusal
 */
export async function submitRows(
  rows: readonly WdbcRow[],
  {
    client,
    wallet,
    signal,
    seats = ONE_PROVIDER,
    batchSize = BATCH_SIZE,
    room = async () => undefined,
  }: {
    client: Client;
    wallet: Wallet;
    signal: AbortSignal;
    seats?: AskedSeats;
    batchSize?: number;
    room?: (tasks: number) => Promise<void>;
  },
): Promise<void> {
  const { chain_id: chainId, genesis_hash: genesisHash } = await client.getConfig({ signal });
  const { next_nonce: firstNonce } = await client.getAccount(wallet.addressBytes, { signal });
  const key = wallet.exportPrivateKey();
  for (let begin = 0; begin < rows.length; begin += batchSize) {
    await room(Math.min(begin + batchSize, rows.length));
    const signed = rows.slice(begin, begin + batchSize).map((row, i) =>
      signTransaction(
        {
          chainId,
          genesisHash,
          nonce: firstNonce + BigInt(begin + i),
          expiry: 0n,
          operation: submission(row, seats),
        },
        key,
      ),
    );
    for (const entry of await client.submitTransactions(signed, { signal })) {
      const error = errorOfEntry(entry);
      if (error !== undefined) throw error;
    }
    const last = signed.at(-1);
    if (last !== undefined) await client.waitForTransaction(last.id, { signal });
  }
}
