import { parseAnchorMessage } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import type { Anchor } from '@aivm/sdk';
import type { WriteContractReturnType } from 'viem';
import {
  type AnchorEndorsement,
  type AnchorOrigin,
  type AnchorSink,
  AnchorSinkError,
} from '../anchor-sink.ts';
import type { SignedChange } from '../validators/anchor-signatures.ts';
import { toValidatorSet } from '../validators/signing-state.ts';
import { AnchorsContract } from './anchors-contract.ts';
import { type ContractCall, changeSetCall, submitCall, submitSignedCall } from './contract-calls.ts';
import { type EvmReader, type EvmWriter, openEvmReader, openEvmWriter } from './evm-connection.ts';
import type { EvmEndpoint } from './evm-endpoint.ts';
import { ValidatorsContract } from './validators-contract.ts';

export interface EvmSinkOptions {
  readonly endpoint: EvmEndpoint;
  /** Of the AivmAnchors contract: 0x and 40 hex digits. */
  readonly contract: string;
  /** Of the AivmValidators contract that is its submitter: anchors are handed in with the signatures of the validators. */
  readonly validators?: string | undefined;
  /** Of the contract's submitter, or of anybody's account with `validators`, 32 bytes. Nothing else may send with it: a stuck transaction is replaced. */
  readonly privateKey: Uint8Array;
  /** Id of the EVM chain: another one is refused. The first one that the endpoint names when left out. */
  readonly evmChainId?: number | undefined;
  /** Most that is paid for a unit of gas, in the chain's smallest unit. Default 500 gwei. */
  readonly feePerGasMax?: bigint | undefined;
  /** Most gas of one submission. Default 1,000,000; it takes about 150,000. */
  readonly gasMax?: bigint | undefined;
  /** Blocks of the EVM chain, its own included, before an anchor counts as delivered. Default 1. */
  readonly confirmations?: number | undefined;
  /** How long a transaction may take to get them. Default 2 minutes. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 120_000;
const FEE_PER_GAS_MAX = 500_000_000_000n;
const GAS_MAX = 1_000_000n;
/** A transaction that replaces one must pay at least a tenth more; each attempt that ran out of time pays a quarter more. */
const BUMP_PERCENT = 25n;
const BUMPS_MAX = 10;

type Hex = `0x${string}`;
const toHex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

interface Connection {
  readonly reader: EvmReader;
  readonly writer: EvmWriter;
  readonly contract: AnchorsContract;
  readonly validators: ValidatorsContract | undefined;
}

/** What may be shown of what an EVM client threw: its own short words, which name no URL. */
function sinkErrorOf(error: unknown): unknown {
  if (error instanceof AnchorSinkError || !(error instanceof Error)) return error;
  const reason = 'shortMessage' in error ? String(error.shortMessage) : error.name;
  return new AnchorSinkError(`the EVM chain: ${reason.slice(0, 200)}`, { cause: error });
}

/**
 * Hands anchors to an AivmAnchors contract. The contract is the cursor: it takes only the next anchor, so a repeated
 * delivery cannot do harm, and one that the EVM chain forgot in a reorganisation is delivered again.
 */
export function createEvmSink(options: EvmSinkOptions): AnchorSink {
  const { endpoint, privateKey, confirmations = 1, timeoutMs = TIMEOUT_MS } = options;
  const { feePerGasMax = FEE_PER_GAS_MAX, gasMax = GAS_MAX } = options;
  let { evmChainId } = options;
  const address = options.contract.toLowerCase() as Hex;
  const validators = options.validators?.toLowerCase();
  let connection: Connection | undefined;
  let bumps = 0;

  const connect = async (): Promise<Connection> => {
    if (connection !== undefined) return connection;
    const reader = await openEvmReader(endpoint);
    evmChainId ??= reader.chain.id;
    // The endpoint names the chain that is signed for.
    if (reader.chain.id !== evmChainId)
      throw new AnchorSinkError(`the endpoint is of EVM chain ${reader.chain.id}, not ${evmChainId}`);
    const writer = await openEvmWriter(endpoint, reader, privateKey);
    connection = {
      reader,
      writer,
      contract: await AnchorsContract.open(endpoint, address),
      validators:
        validators === undefined
          ? undefined
          : await ValidatorsContract.open(endpoint, validators, privateKey),
    };
    return connection;
  };

  const send = async (
    { reader, writer }: Connection,
    call: ContractCall,
  ): Promise<WriteContractReturnType> => {
    // What the contract would refuse costs nothing and says why.
    await reader.simulateContract({ ...call, account: writer.account });
    // The nonce after the last mined one: never are two of ours on the way, a second one replaces the first.
    const nonce = await reader.getTransactionCount({ address: writer.account.address, blockTag: 'latest' });
    const fees = await reader.estimateFeesPerGas();
    const gas = await reader.estimateContractGas({ ...call, account: writer.account });
    assertAtMost('gas for one anchor', gas, gasMax);
    const bumped = (fee: bigint): bigint => (fee * (100n + BUMP_PERCENT * BigInt(bumps))) / 100n;
    const maxFeePerGas = bumped(fees.maxFeePerGas);
    const maxPriorityFeePerGas = bumped(fees.maxPriorityFeePerGas);
    assertAtMost('a unit of gas', maxFeePerGas, feePerGasMax);
    return writer.writeContract({ ...call, nonce, gas, maxFeePerGas, maxPriorityFeePerGas });
  };

  const handIn = async (open: Connection, call: ContractCall): Promise<void> => {
    const hash = await send(open, call);
    const waiting = { hash, confirmations, timeout: timeoutMs };
    const receipt = await open.reader.waitForTransactionReceipt(waiting).catch((error: unknown) => {
      bumps = Math.min(bumps + 1, BUMPS_MAX);
      throw error;
    });
    if (receipt.status !== 'success') throw new AnchorSinkError(`transaction ${hash} was reverted`);
    bumps = 0;
  };

  const deliver = async (anchor: Anchor, endorsement: AnchorEndorsement | undefined): Promise<void> => {
    const open = await connect();
    if (await isThere(open.contract, anchor)) return;
    for (const call of await callsFor(open, { address, anchor, endorsement })) await handIn(open, call);
  };

  return {
    kind: 'evm',
    destination: `evm:${address}`,
    next: async (origin) => {
      try {
        const { contract } = await connect();
        await assertOf(contract, origin);
        return await contract.nextNumber();
      } catch (error) {
        connection = undefined;
        throw sinkErrorOf(error);
      }
    },
    deliver: (anchor, signal, endorsement) =>
      untilAborted(deliver(anchor, endorsement), signal).catch((error: unknown) => {
        throw sinkErrorOf(error);
      }),
    close: async () => undefined,
  };
}

/** What the endpoint says that a submission costs is believed up to a bound. */
function assertAtMost(what: string, asked: bigint, max: bigint): void {
  if (asked > max)
    throw new AnchorSinkError(`the endpoint asks ${asked} for ${what}, at most ${max} is paid`);
}

/** A transaction on its way goes its way: the next start finds it in the contract, or replaces it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** @throws AnchorSinkError when the contract is of another chain, or of one with the same id that began otherwise. */
async function assertOf(contract: AnchorsContract, { chainId, genesisHash }: AnchorOrigin): Promise<void> {
  const id = await contract.chainId();
  if (id !== chainId) throw new AnchorSinkError(`the contract is of chain ${id}`);
  const genesis = await contract.genesisHash();
  if (!equalBytes(genesis, genesisHash))
    throw new AnchorSinkError(
      `the contract is of genesis ${toHex(genesis)}, this chain of ${toHex(genesisHash)}`,
    );
}

/** Whether the contract has this anchor. @throws AnchorSinkError when it has another one, or is of another chain. */
async function isThere(contract: AnchorsContract, anchor: Anchor): Promise<boolean> {
  const chainId = await contract.chainId();
  if (chainId !== anchor.chain_id) throw new AnchorSinkError(`the contract is of chain ${chainId}`);
  const stored = await contract.anchorAt(Number(anchor.number));
  if (stored === undefined) return false;
  const isSame =
    equalBytes(stored.commitRoot, anchor.commit_root) && equalBytes(stored.blockId, anchor.block_hash);
  if (!isSame) throw new AnchorSinkError(`the contract holds another anchor ${anchor.number}`);
  return true;
}

/** What is to be sent, in this order, so that the contract has the anchor. */
async function callsFor(
  { validators }: Connection,
  what: {
    readonly address: string;
    readonly anchor: Anchor;
    readonly endorsement: AnchorEndorsement | undefined;
  },
): Promise<readonly ContractCall[]> {
  const { address, anchor, endorsement } = what;
  const message = parseAnchorMessage(anchor.message);
  if (validators === undefined) return [submitCall(address, message)];
  if (endorsement === undefined) {
    throw new AnchorSinkError(`anchor ${anchor.number} has no signatures of validators on this node`);
  }
  const { set, signatures } = endorsement.signed;
  const changes = (await missingChanges(validators, endorsement)).map(({ to, signed }) =>
    changeSetCall(validators.address, { from: toValidatorSet(signed.set), to: toValidatorSet(to) }, signed),
  );
  const places = { validators: validators.address, anchors: address };
  return [...changes, submitSignedCall(places, message, { set: toValidatorSet(set), signatures })];
}

/** Changes of the set that a contract lacks before it takes what the endorsement's set signed. */
async function missingChanges(
  contract: ValidatorsContract,
  { signed, changeTo }: AnchorEndorsement,
): Promise<readonly SignedChange[]> {
  const { number } = await contract.current();
  const wanted = signed.set.number;
  if (number > wanted) {
    throw new AnchorSinkError(
      `the contract is at set ${number} of the validators, set ${wanted} signed this anchor`,
    );
  }
  const changes: SignedChange[] = [];
  for (let next = number + 1n; next <= wanted; next++) {
    const change = changeTo(next);
    if (change === undefined)
      throw new AnchorSinkError(`this node lacks the change to set ${next} of the validators`);
    changes.push(change);
  }
  return changes;
}
