import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EvmProvider } from '@aivm/node';
import { createBlock } from '@ethereumjs/block';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx';
import {
  type Address,
  bytesToHex,
  createAccount,
  createAddressFromString,
  hexToBytes,
  type PrefixedHexString,
} from '@ethereumjs/util';
import { createVM, runTx, type VM } from '@ethereumjs/vm';

/** An error of JSON-RPC, with the data of a revert. */
class RpcError extends Error {
  readonly code: number;
  readonly data: string | undefined;

  constructor(code: number, message: string, data?: string) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

interface Mined {
  readonly hash: PrefixedHexString;
  readonly number: number;
  readonly from: Address;
  readonly to: Address | undefined;
  readonly status: boolean;
  readonly gasUsed: bigint;
  readonly created: Address | undefined;
}

interface CallObject {
  readonly from?: PrefixedHexString;
  readonly to?: PrefixedHexString;
  readonly data?: PrefixedHexString;
  readonly input?: PrefixedHexString;
}

const quantity = (value: bigint | number): PrefixedHexString => `0x${value.toString(16)}`;
const ZERO_HASH: PrefixedHexString = `0x${'00'.repeat(32)}`;
const BASE_FEE = 7n;
const GAS_LIMIT = 30_000_000n;

/** An EVM in this process that mines each transaction into a block of its own, behind what JSON-RPC clients need. */
export class EvmChain implements EvmProvider {
  readonly #vm: VM;
  readonly #common: Common;
  readonly #mined = new Map<string, Mined>();
  /** State root after every block, and transactions that wait while `isMining` is false. */
  readonly #roots: Uint8Array[] = [];
  readonly #waiting: TypedTransaction[] = [];
  /** Whether a transaction is mined at once. */
  isMining = true;
  /** Methods that were called, in order. */
  readonly calls: string[] = [];
  /** Fails the named methods while it is set. */
  failing: ReadonlySet<string> = new Set();

  private constructor(vm: VM, common: Common) {
    this.#vm = vm;
    this.#common = common;
  }

  static async create(funded: readonly string[]): Promise<EvmChain> {
    const common = new Common({ chain: Mainnet, hardfork: Hardfork.Paris });
    const vm = await createVM({ common });
    const account = createAccount({ balance: 10n ** 24n });
    for (const text of funded) {
      await vm.stateManager.putAccount(createAddressFromString(text), account);
    }
    const chain = new EvmChain(vm, common);
    chain.#roots.push(await vm.stateManager.getStateRoot());
    return chain;
  }

  get height(): number {
    return this.#roots.length - 1;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  async request({
    method,
    params = [],
  }: {
    readonly method: string;
    readonly params?: unknown;
  }): Promise<unknown> {
    this.calls.push(method);
    if (this.failing.has(method)) throw new RpcError(-32_000, 'the endpoint is out of order');
    return this.#answer(method, params as readonly never[]);
  }

  /** Mines what waits. */
  async mine(): Promise<void> {
    for (const tx of this.#waiting.splice(0)) await this.#mine(tx);
  }

  /** Forgets the last blocks with everything in them, as a reorganisation does. */
  async forget(blocks: number): Promise<void> {
    this.#roots.length -= blocks;
    for (const [hash, { number }] of this.#mined) if (number > this.height) this.#mined.delete(hash);
    await this.#vm.stateManager.setStateRoot(this.#roots.at(-1) as Uint8Array);
    this.#vm.stateManager.clearCaches();
  }

  async #answer(method: string, params: readonly never[]): Promise<unknown> {
    switch (method) {
      case 'eth_chainId':
        return quantity(this.#common.chainId());
      case 'eth_blockNumber':
        return quantity(this.height);
      case 'eth_gasPrice':
        return quantity(BASE_FEE * 2n);
      case 'eth_maxPriorityFeePerGas':
        return quantity(1);
      case 'eth_getBlockByNumber':
        return {
          number: quantity(this.height),
          baseFeePerGas: quantity(BASE_FEE),
          timestamp: '0x1',
          hash: ZERO_HASH,
        };
      case 'eth_getCode':
        return bytesToHex(await this.#vm.stateManager.getCode(createAddressFromString(params[0]!)));
      case 'eth_getTransactionCount':
        return quantity(
          (await this.#vm.stateManager.getAccount(createAddressFromString(params[0]!)))?.nonce ?? 0n,
        );
      case 'eth_call':
        return (await this.#call(params[0]!)).data;
      case 'eth_estimateGas':
        // Calls leave out what a transaction costs before its first step.
        return quantity(((await this.#call(params[0]!)).gas * 3n) / 2n + 400_000n);
      case 'eth_sendRawTransaction':
        return this.#send(params[0]!);
      case 'eth_getTransactionReceipt':
        return this.#receiptOf(params[0]!);
      case 'eth_getTransactionByHash':
        return this.#transactionOf(params[0]!);
      default:
        throw new RpcError(-32_601, `${method}: not offered here`);
    }
  }

  async #call({ from, to, data, input }: CallObject): Promise<{ data: PrefixedHexString; gas: bigint }> {
    const vm = await this.#vm.shallowCopy();
    await vm.stateManager.setStateRoot(this.#roots.at(-1) as Uint8Array);
    const { execResult } = await vm.evm.runCall({
      gasLimit: GAS_LIMIT,
      data: hexToBytes(data ?? input ?? '0x'),
      ...(from === undefined ? {} : { caller: createAddressFromString(from) }),
      ...(to === undefined ? {} : { to: createAddressFromString(to) }),
    });
    const returned = bytesToHex(execResult.returnValue);
    if (execResult.exceptionError !== undefined) throw new RpcError(3, 'execution reverted', returned);
    return { data: returned, gas: execResult.executionGasUsed };
  }

  async #send(raw: PrefixedHexString): Promise<PrefixedHexString> {
    const tx = createTxFromRLP(hexToBytes(raw), { common: this.#common });
    const hash = bytesToHex(tx.hash());
    const rival = this.#waiting.findIndex((other) => other.nonce === tx.nonce);
    const rivalFee = rival < 0 ? 0n : feeOf(this.#waiting[rival]!);
    if (rival >= 0 && feeOf(tx) * 10n < rivalFee * 11n) {
      throw new RpcError(-32_000, 'replacement transaction underpriced');
    }
    if (rival >= 0) this.#waiting.splice(rival, 1);
    if (this.isMining) await this.#mine(tx);
    else this.#waiting.push(tx);
    return hash;
  }

  async #mine(tx: TypedTransaction): Promise<void> {
    const block = createBlock(
      { header: { number: BigInt(this.height + 1), gasLimit: GAS_LIMIT, baseFeePerGas: BASE_FEE } },
      { common: this.#common },
    );
    const result = await runTx(this.#vm, { tx, block, skipHardForkValidation: true });
    const hash = bytesToHex(tx.hash());
    this.#roots.push(await this.#vm.stateManager.getStateRoot());
    this.#mined.set(hash, {
      hash,
      number: this.height,
      from: tx.getSenderAddress(),
      to: tx.to,
      status: result.execResult.exceptionError === undefined,
      gasUsed: result.totalGasSpent,
      created: result.createdAddress,
    });
  }

  #receiptOf(hash: PrefixedHexString): unknown {
    const mined = this.#mined.get(hash);
    if (mined === undefined) return null;
    return {
      transactionHash: hash,
      transactionIndex: '0x0',
      blockHash: ZERO_HASH,
      blockNumber: quantity(mined.number),
      from: mined.from.toString(),
      to: mined.to?.toString() ?? null,
      contractAddress: mined.created?.toString() ?? null,
      cumulativeGasUsed: quantity(mined.gasUsed),
      gasUsed: quantity(mined.gasUsed),
      effectiveGasPrice: quantity(BASE_FEE + 1n),
      logs: [],
      logsBloom: `0x${'00'.repeat(256)}`,
      status: mined.status ? '0x1' : '0x0',
      type: '0x2',
    };
  }

  #transactionOf(hash: PrefixedHexString): unknown {
    const mined = this.#mined.get(hash);
    if (mined === undefined && !this.#waiting.some((tx) => bytesToHex(tx.hash()) === hash)) return null;
    return {
      hash,
      blockNumber: mined === undefined ? null : quantity(mined.number),
      nonce: '0x0',
      type: '0x2',
    };
  }
}

const feeOf = (tx: TypedTransaction): bigint => ('maxFeePerGas' in tx ? tx.maxFeePerGas : 0n);

/** Serves an EVM chain over HTTP on a free port of this machine. */
export async function serveEvm(chain: EvmChain): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const call = JSON.parse(Buffer.concat(chunks).toString()) as {
      id: number;
      method: string;
      params?: unknown;
    };
    const answer = await chain.request(call).then(
      (result) => ({ result }),
      (error: unknown) => {
        const { code = -32_603, message, data } = error as RpcError;
        return { error: { code, message, data } };
      },
    );
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, ...answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
