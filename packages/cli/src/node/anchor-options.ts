import type { AnchorSink } from '@aivm/node';
import type { Command } from 'commander';
import { type CliContext, UsageError } from '../cli-context.ts';
import { parseKeyText, readKeyFile } from '../key-file.ts';
import { amountOption, integerOption } from '../option-parsers.ts';
import { readPassword } from '../password.ts';

/** Where a node hands its anchors to. */
export interface AnchorOptions {
  readonly anchorFile?: string;
  readonly anchorHttp?: string;
  readonly anchorEvm?: string;
  readonly anchorContract?: string;
  readonly anchorValidators?: string;
  readonly anchorKey?: string;
  readonly anchorEvmChain?: number;
  readonly anchorFeeMax?: bigint;
}

/** Environment variable with the key of the EVM account, used if no file is given. */
const ANCHOR_KEY_ENV = 'AIVM_ANCHOR_KEY_HEX';
/** Environment variable with the bearer token of the HTTP receiver. */
const ANCHOR_TOKEN_ENV = 'AIVM_ANCHOR_HTTP_TOKEN';

/** Adds the options of {@link AnchorOptions}. */
export const withAnchors = (command: Command): Command =>
  command
    .option('--anchor-file <file>', 'append every anchor to this file, one JSON object a line')
    .option('--anchor-http <url>', `post every anchor to this URL (bearer token: ${ANCHOR_TOKEN_ENV})`)
    .option('--anchor-evm <url>', 'hand every anchor to a contract; JSON-RPC of its EVM chain')
    .option('--anchor-contract <address>', 'the AivmAnchors contract for --anchor-evm')
    .option(
      '--anchor-validators <address>',
      'the AivmValidators contract that is its submitter: anchors go there with the signatures of the validators',
    )
    .option(
      '--anchor-evm-chain <id>',
      "the EVM chain's id: another one is refused",
      integerOption(1, Number.MAX_SAFE_INTEGER),
    )
    .option(
      '--anchor-fee-max <wei>',
      'most that is paid for a unit of gas; 500 gwei when left out',
      amountOption,
    )
    .option('--anchor-key <file>', `key file of its submitter; else the environment's ${ANCHOR_KEY_ENV}`);

/** A contract's address in hex. */
export function parseContract(text: string): string {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new UsageError('the contract: expected 0x and 40 hex digits');
  return text;
}

/** The key of an EVM account: from a file, or from the environment; never from the command line. */
export async function readEvmKey(file: string | undefined, context: CliContext): Promise<Uint8Array> {
  const warn = (text: string): void => void context.stderr.write(`${text}\n`);
  if (file !== undefined) return readKeyFile(file, { warn, getPassword: () => readPassword({}) });
  const text = context.env[ANCHOR_KEY_ENV];
  if (text === undefined)
    throw new UsageError(`the EVM account's key: give a key file, or set ${ANCHOR_KEY_ENV}`);
  return parseKeyText(text, ANCHOR_KEY_ENV);
}

/** The sinks that the options ask for. @throws UsageError where they make no sense. */
export async function openAnchorSinks(
  options: AnchorOptions,
  context: CliContext,
): Promise<readonly AnchorSink[]> {
  const { createEvmSink, createFileSink, createHttpSink } = await import('@aivm/node');
  const { anchorFile, anchorHttp, anchorEvm, anchorContract } = options;
  const sinks: AnchorSink[] = [];
  if (anchorFile !== undefined) sinks.push(createFileSink(anchorFile));
  if (anchorHttp !== undefined) {
    const token = context.env[ANCHOR_TOKEN_ENV];
    try {
      sinks.push(createHttpSink({ url: anchorHttp, ...(token === undefined ? {} : { token }) }));
    } catch (error) {
      throw new UsageError(`--anchor-http: ${(error as Error).message}`);
    }
  }
  if (anchorEvm !== undefined) {
    if (anchorContract === undefined) throw new UsageError('--anchor-evm needs --anchor-contract ADDRESS');
    sinks.push(
      createEvmSink({
        endpoint: anchorEvm,
        contract: parseContract(anchorContract),
        ...(options.anchorValidators === undefined
          ? {}
          : { validators: parseContract(options.anchorValidators) }),
        privateKey: await readEvmKey(options.anchorKey, context),
        ...(options.anchorEvmChain === undefined ? {} : { evmChainId: options.anchorEvmChain }),
        ...(options.anchorFeeMax === undefined ? {} : { feePerGasMax: options.anchorFeeMax }),
      }),
    );
  }
  return sinks;
}
