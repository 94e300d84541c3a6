import { bytesToHex, equalBytes, hexToBytes, isZeroBytes, ZERO_32 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { receiptLeaf } from '@aivm/core/state';
import type { ReceiptFile } from '@aivm/sdk';
import { ANCHORS_ABI, ANCHORS_BYTECODE } from '../generated/aivm-anchors.ts';
import { type EvmReader, openEvmReader, openEvmWriter } from './evm-connection.ts';
import type { EvmEndpoint } from './evm-endpoint.ts';

type Hex = `0x${string}`;
const toHex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

/** What deploying the contract takes. The account of the key becomes its owner. */
export interface DeployAnchorsOptions {
  readonly endpoint: EvmEndpoint;
  readonly privateKey: Uint8Array;
  /** The AIVM chain whose anchors it will hold, and the hash of its genesis: 32 bytes. */
  readonly chainId: bigint;
  readonly genesisHash: Uint8Array;
  /** Who hands anchors in; 20 bytes. Default: the owner. */
  readonly submitter?: Uint8Array | undefined;
  /** Begins in the middle of a chain: the first anchor's number and parent root. Default: at its first anchor. */
  readonly from?: { readonly number: number; readonly parentRoot: Uint8Array };
}

/** A contract that was deployed. */
export interface DeployedAnchors {
  /** 0x and 40 hex digits. */
  readonly address: string;
  readonly transaction: string;
  readonly evmChainId: number;
  readonly owner: string;
  readonly submitter: string;
}

/** @throws AivmError `not_supported` without viem; `wrong_state` when the deployment is reverted; viem's own errors. */
export async function deployAnchorsContract(options: DeployAnchorsOptions): Promise<DeployedAnchors> {
  const { endpoint, privateKey, chainId, genesisHash, from } = options;
  const reader = await openEvmReader(endpoint);
  const writer = await openEvmWriter(endpoint, reader, privateKey);
  const submitter = options.submitter === undefined ? writer.account.address : toHex(options.submitter);
  const parentRoot = from?.parentRoot ?? ZERO_32;
  const transaction = await writer.deployContract({
    abi: ANCHORS_ABI,
    bytecode: ANCHORS_BYTECODE,
    args: [chainId, toHex(genesisHash), submitter, BigInt(from?.number ?? 0), toHex(parentRoot)],
  });
  const { status, contractAddress } = await reader.waitForTransactionReceipt({ hash: transaction });
  if (status !== 'success' || contractAddress === null || contractAddress === undefined) {
    throw new AivmError('wrong_state', `the deployment ${transaction} was reverted`);
  }
  return {
    address: contractAddress,
    transaction,
    evmChainId: reader.chain.id,
    owner: writer.account.address,
    submitter,
  };
}

/** An anchor as the contract keeps it. */
export interface AnchorOnChain {
  readonly number: number;
  readonly commitRoot: Uint8Array;
  readonly blockId: Uint8Array;
  readonly height: number;
  readonly receiptCount: number;
}

/** Reads of one AivmAnchors contract. */
export class AnchorsContract {
  readonly #reader: EvmReader;
  readonly #address: Hex;

  private constructor(reader: EvmReader, address: string) {
    this.#reader = reader;
    this.#address = address as Hex;
  }

  /** @throws AivmError `not_found` when there is no such contract at the address. */
  static async open(endpoint: EvmEndpoint, address: string): Promise<AnchorsContract> {
    const reader = await openEvmReader(endpoint);
    const code = await reader.getCode({ address: address as Hex });
    if (code === undefined || code === '0x') throw new AivmError('not_found', `no contract at ${address}`);
    return new AnchorsContract(reader, address);
  }

  chainId(): Promise<bigint> {
    return this.#read('chainId');
  }

  /** Hash of the genesis of the chain whose anchors it holds: 32 bytes. */
  async genesisHash(): Promise<Uint8Array> {
    return hexToBytes(await this.#read('genesisHash'));
  }

  submitter(): Promise<string> {
    return this.#read('submitter');
  }

  async firstNumber(): Promise<number> {
    return Number(await this.#read('firstNumber'));
  }

  async nextNumber(): Promise<number> {
    return Number(await this.#read('nextNumber'));
  }

  /** Anchor `number`, or undefined where the contract has none. */
  async anchorAt(number: number): Promise<AnchorOnChain | undefined> {
    const { address, abi } = { address: this.#address, abi: ANCHORS_ABI };
    const stored = await this.#reader.readContract({
      address,
      abi,
      functionName: 'anchorAt',
      args: [BigInt(number)],
    });
    const commitRoot = hexToBytes(stored.commitRoot);
    if (isZeroBytes(commitRoot)) return undefined;
    return {
      number,
      commitRoot,
      blockId: hexToBytes(stored.blockId),
      height: Number(stored.height),
      receiptCount: Number(stored.receiptCount),
    };
  }

  /** The anchor that the block at `height` made, by bisection: heights rise. About log2(anchors) calls. */
  async findByHeight(height: number): Promise<AnchorOnChain | undefined> {
    let [low, high] = [await this.firstNumber(), await this.nextNumber()];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const anchor = await this.anchorAt(middle);
      if (anchor === undefined) return undefined;
      if (anchor.height === height) return anchor;
      if (anchor.height < height) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  /** Asks the contract itself whether the receipt of this file is under anchor `number`. */
  verifyReceipt(number: number, { receipt, index, count, siblings }: ReceiptFile): Promise<boolean> {
    return this.#reader.readContract({
      address: this.#address,
      abi: ANCHORS_ABI,
      functionName: 'verifyReceipt',
      args: [
        BigInt(number),
        toHex(receiptLeaf(receipt)),
        BigInt(index),
        BigInt(count),
        siblings.map(toHex) as never,
      ],
    });
  }

  #read<N extends 'chainId' | 'genesisHash' | 'submitter' | 'firstNumber' | 'nextNumber'>(functionName: N) {
    return this.#reader.readContract({ address: this.#address, abi: ANCHORS_ABI, functionName });
  }
}

/** What checking a receipt file against a contract gave. */
export type AnchoredReceiptVerdict =
  | { readonly isValid: true; readonly anchor: AnchorOnChain }
  | { readonly isValid: false; readonly reason: string };

/**
 * Whether a receipt is under an anchor of the contract: the anchor that the file's own block made is looked up, and the
 * contract's verifyReceipt decides.
 */
export async function verifyReceiptOnEvm(
  contract: AnchorsContract,
  file: ReceiptFile,
): Promise<AnchoredReceiptVerdict> {
  const chainId = await contract.chainId();
  if (chainId !== file.chainId) {
    return { isValid: false, reason: `the contract is of chain ${chainId}, the receipt of ${file.chainId}` };
  }
  const { height, receiptsRoot } = file.header;
  const anchor = await contract.findByHeight(height);
  if (anchor === undefined) {
    return { isValid: false, reason: `no anchor of height ${height}: ask for a proof with --anchor` };
  }
  if (!equalBytes(anchor.commitRoot, receiptsRoot)) {
    return { isValid: false, reason: `anchor ${anchor.number} has another root than the file's header` };
  }
  const isValid = await contract.verifyReceipt(anchor.number, file);
  return isValid ? { isValid, anchor } : { isValid, reason: 'the proof does not lead to the anchored root' };
}
