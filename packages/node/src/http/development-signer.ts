import { equalBytes } from '@aivm/core/bytes';
import { AivmError, isErrorCode } from '@aivm/core/errors';
import { providerRewards } from '@aivm/core/execute';
import {
  CheckClass,
  listProviders,
  readModel,
  requireProvider,
  requireTask,
  type TaskRecord,
} from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import {
  developmentAccounts,
  gpuFromJson,
  payloadToBytes,
  type RegisterProviderRequest,
  type SubmitResultRequest,
  type SubmitTaskRequest,
  textToAddress,
  type Wallet,
} from '@aivm/sdk';
import type { NodeApi } from '../local/node-api.ts';
import { createGate, type Gate } from './gate.ts';

/** Signs the Go service's unsigned writes with the development accounts. Every method resolves when the write is in a block. */
export interface DevelopmentSigner {
  registerProvider(request: RegisterProviderRequest): Promise<void>;
  submitTask(request: SubmitTaskRequest): Promise<void>;
  submitResult(request: SubmitResultRequest): Promise<void>;
  /** What was paid out, possibly 0. */
  claimRewards(providerId: string): Promise<bigint>;
}

/** How long a write may wait for its block. */
const WAIT_MS = 30_000;
/**
 * Transactions of one account that wait for a block at once: below what a pool holds of one sender, and few, because a
 * pool runs all of them again to admit one more.
 */
const IN_FLIGHT_MAX = 32;
/** Writes that wait for that; past it they are refused. */
const WAITING_MAX = 10_000;

/** Blocks in which a write can be carried. */
const EXPIRY_BLOCKS = 1_000;

/** Signs, posts and waits for one account after another. */
class AccountWriter {
  readonly #node: NodeApi;
  readonly #gates = new Map<Wallet, Gate>();

  constructor(node: NodeApi) {
    this.#node = node;
  }

  async write(wallet: Wallet, operation: Operation): Promise<void> {
    const gate =
      this.#gates.get(wallet) ?? createGate({ runningMax: IN_FLIGHT_MAX, waitingMax: WAITING_MAX });
    this.#gates.set(wallet, gate);
    await gate.run(() => this.#send(wallet, operation));
  }

  async #send(wallet: Wallet, operation: Operation): Promise<void> {
    const node = this.#node;
    // Asking for the nonce, signing and posting happen without a pause, so two writes never get the same nonce.
    const nonce = node.nextNonce(wallet.addressBytes);
    const tx = wallet.sign({
      chainId: node.chainId,
      genesisHash: node.genesisHash,
      nonce,
      expiry: BigInt(node.lastAccepted().header.height + EXPIRY_BLOCKS),
      operation,
    });
    node.submitTransaction(tx.bytes);
    const { outcome, detail } = await node.waitForTransaction(tx.id, { timeoutMs: WAIT_MS });
    if (outcome.code === '') return;
    if (isErrorCode(outcome.code)) throw new AivmError(outcome.code, detail);
    throw new AivmError('internal', `${outcome.code}: ${detail}`);
  }
}

function registrationOf(request: RegisterProviderRequest, operator: Wallet, bond: bigint): Operation {
  const { wallet_address: wallet } = request;
  return {
    kind: 'registerProvider',
    id: request.id,
    walletAddress: wallet === '' ? operator.addressBytes : textToAddress(wallet, 'wallet_address'),
    endpoint: request.endpoint,
    gpus: (request.gpus ?? []).map(gpuFromJson),
    models: [],
    bond,
  };
}

function taskOf(request: SubmitTaskRequest, checkClass: number): Operation {
  const { redundancy } = request;
  const { m = 0, n = 0 } = redundancy ?? {};
  if (m !== 0 && n !== 0 && m !== Math.floor(n / 2) + 1)
    throw new AivmError('out_of_range', `redundancy.m: ${m} of ${n}; the majority decides, leave m zero`);
  return {
    kind: 'submitTask',
    id: request.id,
    taskType: request.type,
    model: request.model,
    input: payloadToBytes(request.input, checkClass, 'input'),
    fee: request.fee,
    maxAdmission: 0n,
    mode: request.mode,
    n,
    maxNew: 0,
    deadlineBlocks: request.deadline_blocks,
  };
}

function resultOf(request: SubmitResultRequest, task: TaskRecord): Operation {
  const { error, output } = request;
  if (error === '' && output === undefined)
    throw new AivmError('malformed', 'output: expected JSON, got nothing');
  return {
    kind: 'submitResult',
    taskId: request.task_id,
    provider: request.provider_id,
    attempt: task.attempt,
    inputHash: task.inputHash,
    weightHash: task.weightHash,
    output: error === '' ? payloadToBytes(output, task.checkClass, 'output') : new Uint8Array(0),
    error,
    computeTimeMs: request.compute_time_ms,
    proof: request.proof,
    sessionSignature: new Uint8Array(0),
  };
}

/**
 * A signer over the ten development accounts. Account 0 pays for tasks; the n-th unsigned registration is operated by
 * account 1 + n mod 9; what a provider does later is signed by the operator that the chain recorded, so a restart
 * changes nothing.
 */
export function createDevelopmentSigner({
  node,
  accounts = developmentAccounts(),
}: {
  readonly node: NodeApi;
  readonly accounts?: readonly Wallet[] | undefined;
}): DevelopmentSigner {
  const [requester, ...operators] = accounts;
  if (requester === undefined || operators.length === 0) {
    throw new RangeError(`accounts: expected at least two, got ${accounts.length}`);
  }
  const writer = new AccountWriter(node);
  const walletOf = (address: Uint8Array): Wallet | undefined =>
    operators.find((wallet) => equalBytes(wallet.addressBytes, address));
  const operatorOf = (providerId: string): Wallet => {
    const wallet = walletOf(requireProvider(node.state(), providerId).operator);
    if (wallet !== undefined) return wallet;
    throw new AivmError(
      'unsigned',
      `provider "${providerId}" is operated by an account that this node cannot sign for`,
    );
  };
  // One registration at a time: the account of each depends on how many there are.
  const registering = createGate({ runningMax: 1, waitingMax: WAITING_MAX });

  return {
    registerProvider: (request) =>
      registering.run(async () => {
        const registered = listProviders(node.state()).filter(
          ({ operator }) => walletOf(operator) !== undefined,
        );
        const operator = operators[registered.length % operators.length] as Wallet;
        await writer.write(operator, registrationOf(request, operator, node.config.minProviderBond));
      }),
    submitTask: async (request) => {
      // The chain refuses an unknown model, in its turn among the other checks.
      const model = readModel(node.state(), request.model);
      await writer.write(requester, taskOf(request, model?.checkClass ?? CheckClass.opaque));
    },
    submitResult: async (request) => {
      const task = requireTask(node.state(), request.task_id);
      await writer.write(operatorOf(request.provider_id), resultOf(request, task));
    },
    claimRewards: async (providerId) => {
      const wallet = operatorOf(providerId);
      const before = requireProvider(node.state(), providerId);
      // Asking for nothing would only burn the operation's fee.
      if (providerRewards(node.state(), before).claimable === 0n) return 0n;
      await writer.write(wallet, { kind: 'claimRewards', provider: providerId });
      return requireProvider(node.state(), providerId).rewardsClaimed - before.rewardsClaimed;
    },
  };
}
