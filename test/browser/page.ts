import { bytesToHex, bytesToUtf8, hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  type Client,
  createClient,
  createSender,
  createWallet,
  importWallet,
  parseJson,
  receiptFileToJson,
  stringifyJson,
  verifyReceiptFile,
  type Wallet,
} from '@aivm/sdk';

/** What the page is asked to do. Amounts are decimal text: they cross into the page as JSON. */
export interface TaskOrder {
  readonly url: string;
  /** Hex key of an account with money. */
  readonly funderKey: string;
  readonly allowance: string;
  readonly taskId: string;
  readonly fee: string;
  readonly input: readonly number[];
}

/** What a page saw of its task, from the first signature to the receipt. */
export interface TaskStory {
  readonly address: string;
  readonly importedAddress: string;
  readonly transactionId: string;
  readonly settlements: readonly string[];
  readonly status: string;
  readonly settlement: string;
  readonly output: unknown;
  /** As the page read it back: beyond 2^53 a careless reader would have rounded it. */
  readonly fee: string;
  readonly receiptText: string;
}

/** What a receipt file proves in the page, and which of the texts that differ from it in one bit would prove it too. */
export interface ReceiptCheck {
  readonly isValid: boolean;
  readonly blockId: string;
  readonly height: number;
  readonly jobId: string;
  readonly outputHash: string;
  readonly bytesFlipped: number;
  /** The end of every such text up to the byte that was flipped. */
  readonly flipsTaken: readonly string[];
}

/** How the node answered a write that nobody signed. */
export interface UnsignedAnswer {
  readonly status: number;
  readonly code: unknown;
}

/** A new wallet with money, and the same one from its words. */
async function fundNewWallet(order: TaskOrder): Promise<{ created: Wallet; imported: Wallet }> {
  const client = createClient({ url: order.url });
  const funder = createSender({
    client,
    wallet: importWallet({ privateKey: hexToBytes(order.funderKey) }),
  });
  const created = createWallet();
  const imported = importWallet({ mnemonic: created.mnemonic as string });
  await funder.send({ kind: 'transfer', to: created.addressBytes, amount: BigInt(order.allowance) });
  return { created, imported };
}

/** The settlements that the event stream reports of a task, up to the last one. */
async function followTask(client: Client, taskId: string): Promise<readonly string[]> {
  const { height } = await client.getHealth();
  const settlements: string[] = [];
  for await (const event of client.subscribeEvents({ after: { height, index: 0 } })) {
    if (event.kind !== 'task' || event.task_id !== taskId) continue;
    settlements.push(event.settlement);
    if (event.settlement === 'final') break;
  }
  return settlements;
}

/** Makes a wallet, signs and sends a task with it, waits until it is final, and brings its receipt as a file. */
async function runTask(order: TaskOrder): Promise<TaskStory> {
  const { created, imported } = await fundNewWallet(order);
  const client = createClient({ url: order.url });
  const settlements = followTask(client, order.taskId);
  const sender = createSender({ client, wallet: imported });
  const operation = {
    kind: 'submitTask',
    id: order.taskId,
    taskType: 'inference',
    model: 'wdbc-int8',
    input: Uint8Array.from(order.input),
    fee: BigInt(order.fee),
    maxAdmission: 0n,
    mode: 0,
    n: 0,
    maxNew: 0,
    deadlineBlocks: 0n,
  } as const;
  const signed = await sender.post(operation);
  await client.waitForTransaction(signed.id, { until: 'final' });
  const task = await client.getTask(order.taskId);
  const file = await client.getReceiptProof(task.receipt_index as number);
  return {
    address: created.address,
    importedAddress: imported.address,
    transactionId: bytesToHex(signed.id),
    settlements: await settlements,
    status: task.status,
    settlement: task.settlement,
    output: task.output,
    fee: task.fee.toString(),
    receiptText: stringifyJson(receiptFileToJson(file)),
  };
}

/** Whether a text is a receipt file that holds: neither JSON nor a proof that was touched is. */
function isTaken(text: string, trustedBlockId: Uint8Array): boolean {
  try {
    return verifyReceiptFile(parseJson(text), { trustedBlockId }).isValid;
  } catch (error) {
    if (error instanceof AivmError && error.code === 'malformed') return false;
    throw error;
  }
}

/** Checks a receipt file against a block that the caller trusts. Needs no network. */
function checkReceipt(text: string, trustedBlockId: string): ReceiptCheck {
  const trusted = hexToBytes(trustedBlockId);
  const verdict = verifyReceiptFile(parseJson(text), { trustedBlockId: trusted });
  if (!verdict.isValid) throw new AivmError(verdict.code, verdict.detail);
  const bytes = utf8ToBytes(text);
  const flipsTaken = Array.from(bytes, (byte, at) => {
    const flipped = bytesToUtf8(bytes.with(at, byte ^ 1)) as string;
    return isTaken(flipped, trusted) ? [flipped.slice(Math.max(0, at - 30), at + 1)] : [];
  }).flat();
  return {
    isValid: verdict.isValid,
    blockId: bytesToHex(verdict.blockId),
    height: verdict.header.height,
    jobId: verdict.receipt.jobId,
    outputHash: bytesToHex(verdict.receipt.outputHash),
    bytesFlipped: bytes.length,
    flipsTaken,
  };
}

/** Posts a task without a signature; `contentType` decides whether the browser asks the node first. */
async function postUnsigned(url: string, contentType: string): Promise<UnsignedAnswer> {
  const body = JSON.stringify({
    id: 'unsigned',
    type: 'inference',
    model: 'wdbc-int8',
    input: Array(32).fill(0),
    fee: 5_000_000,
  });
  const response = await fetch(`${url}/tasks/submit`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
  });
  const problem = (await response.json()) as { readonly code?: unknown };
  return { status: response.status, code: problem.code };
}

/** What the page offers to whoever drives it. */
const page = { runTask, checkReceipt, postUnsigned };
export type Page = typeof page;

Object.assign(globalThis, { page });
