import type { AnchorMessage } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { VALIDATORS_ABI, VALIDATORS_BYTECODE } from '../generated/aivm-validators.ts';
import type { SignedDigest, SigningChain, ValidatorSet } from '../validators/validator-set.ts';
import { type ContractCall, changeSetCall, setArgument, submitSignedCall } from './contract-calls.ts';
import { type EvmReader, type EvmWriter, openEvmReader, openEvmWriter } from './evm-connection.ts';
import type { EvmEndpoint } from './evm-endpoint.ts';

type Hex = `0x${string}`;
const toHex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

/** What deploying takes; anybody's account pays for it and gets no right by it. */
export interface DeployValidatorsOptions extends SigningChain {
  readonly endpoint: EvmEndpoint;
  readonly privateKey: Uint8Array;
  /** The first set: number 0. */
  readonly set: ValidatorSet;
}

/** An AivmValidators contract, which an AivmAnchors contract has as its submitter. */
export class ValidatorsContract {
  readonly address: string;
  readonly #reader: EvmReader;
  readonly #writer: EvmWriter;

  private constructor(address: string, reader: EvmReader, writer: EvmWriter) {
    this.address = address;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** @throws AivmError `not_supported` without viem, `wrong_state` when the deployment is reverted. */
  static async deploy(options: DeployValidatorsOptions): Promise<ValidatorsContract> {
    const { endpoint, privateKey, chainId, genesisHash, set } = options;
    if (set.number !== 0n)
      throw new AivmError('malformed', `validator set ${set.number}: the first is number 0`);
    const reader = await openEvmReader(endpoint);
    const writer = await openEvmWriter(endpoint, reader, privateKey);
    const hash = await writer.deployContract({
      abi: VALIDATORS_ABI,
      bytecode: VALIDATORS_BYTECODE,
      args: [chainId, toHex(genesisHash), setArgument(set)],
    });
    const { status, contractAddress } = await reader.waitForTransactionReceipt({ hash });
    if (status !== 'success' || contractAddress === null || contractAddress === undefined) {
      throw new AivmError('wrong_state', `the deployment ${hash} was reverted`);
    }
    return new ValidatorsContract(contractAddress, reader, writer);
  }

  /** A contract that is there, whom anybody may hand signatures to. @throws AivmError `not_found` where there is none. */
  static async open(
    endpoint: EvmEndpoint,
    address: string,
    privateKey: Uint8Array,
  ): Promise<ValidatorsContract> {
    const reader = await openEvmReader(endpoint);
    const code = await reader.getCode({ address: address as Hex });
    if (code === undefined || code === '0x') throw new AivmError('not_found', `no contract at ${address}`);
    return new ValidatorsContract(address, reader, await openEvmWriter(endpoint, reader, privateKey));
  }

  /** The number and the hash of the set that signs now. */
  async current(): Promise<{ readonly number: bigint; readonly hash: string }> {
    const place = { address: this.address as Hex, abi: VALIDATORS_ABI };
    const [number, hash] = await Promise.all([
      this.#reader.readContract({ ...place, functionName: 'setNumber' }),
      this.#reader.readContract({ ...place, functionName: 'setHash' }),
    ]);
    return { number, hash };
  }

  /** Hands an anchor to the AivmAnchors contract at `anchors`. @throws viem's error with the reason of a refusal. */
  async submit(
    anchors: string,
    message: AnchorMessage,
    { set, signed }: { readonly set: ValidatorSet; readonly signed: SignedDigest },
  ): Promise<void> {
    await this.#send(
      submitSignedCall({ validators: this.address, anchors }, message, {
        set,
        signatures: signed.signatures,
      }),
    );
  }

  /** Puts `next` in the place of `set`. @throws viem's error with the reason of a refusal. */
  async changeSet(set: ValidatorSet, next: ValidatorSet, signed: SignedDigest): Promise<void> {
    await this.#send(changeSetCall(this.address, { from: set, to: next }, signed));
  }

  async #send(call: ContractCall): Promise<void> {
    // Asked first: a refusal costs nothing then and comes with its reason.
    await this.#reader.simulateContract({ ...call, account: this.#writer.account });
    await this.#reader.waitForTransactionReceipt({ hash: await this.#writer.writeContract(call) });
  }
}
