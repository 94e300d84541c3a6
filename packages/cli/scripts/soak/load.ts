import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { type Operation, signTransaction } from '@aivm/core/tx';

/** A transaction that the node told to be in an accepted block. */
export interface Acknowledged {
  readonly hash: string;
  readonly height: number;
}

/** Whom the load acts for, and on which node. */
export interface LoadOptions {
  /** e.g. http://127.0.0.1:9650/rpc */
  readonly rpc: string;
  readonly chainId: bigint;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
  readonly address: string;
  readonly privateKey: string;
  /** Makes task ids of one round different from those of all others. */
  readonly label: string;
  readonly inputs: readonly Uint8Array[];
  readonly batchSize: number;
}

/** What happens while the load runs. */
export interface LoadObserver {
  /** A batch is on its way. */
  onPosted(): void;
  onAcknowledged(transaction: Acknowledged): void;
}

const FEE = 5_000_000n;
const READ_TIMEOUT_MS = 30_000;

/** JSON of a read. @throws when the node does not answer, or answers an error. */
export async function readJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(READ_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

const submission = (id: string, input: Uint8Array): Operation => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: 'wdbc-int8',
  input,
  fee: FEE,
  maxAdmission: 0n,
  mode: 0,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 0n,
});

async function sendBatch(
  options: LoadOptions,
  firstNonce: bigint,
): Promise<readonly Record<string, unknown>[]> {
  const key = hexToBytes(options.privateKey);
  const { chainId, genesisHash } = options;
  const bodies = Array.from({ length: options.batchSize }, (_, i) => {
    const nonce = firstNonce + BigInt(i);
    const input = options.inputs[Number(nonce) % options.inputs.length] as Uint8Array;
    const operation = submission(`${options.label}-${nonce}`, input);
    return `0x${bytesToHex(signTransaction({ chainId, genesisHash, nonce, expiry: 0n, operation }, key).bytes)}`;
  });
  const response = await fetch(`${options.rpc}/tx?wait=accepted`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodies),
  });
  if (!response.ok) throw new Error(`POST /tx: ${response.status}`);
  return (await response.json()) as Record<string, unknown>[];
}

/**
 * Sends batch after batch until the node goes away or `signal` is aborted; the observer gets whatever the node called
 * accepted. Refusals, such as a full queue, slow it down.
 */
export async function runLoad(
  options: LoadOptions,
  signal: AbortSignal,
  observe: LoadObserver,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const account = await readJson(`${options.rpc}/accounts/${options.address}`);
      const sent = sendBatch(options, BigInt(account.next_nonce as number));
      observe.onPosted();
      const answers = await sent;
      let refused = 0;
      for (const { hash, state, height } of answers) {
        if (state === 'accepted' || state === 'final')
          observe.onAcknowledged({ hash: String(hash), height: Number(height) });
        else refused += 1;
      }
      if (refused > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    } catch {
      // The node is being killed: what it did not answer was not acknowledged.
      return;
    }
  }
}
