import { readFile } from 'node:fs/promises';
import { textToAddress } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import type { DeployValidatorsOptions } from '@aivm/node';
import { type Command, Option } from 'commander';
import { type CliContext, createCommand, createGroup, EXIT_REFUSED, outputFor } from '../cli-context.ts';
import { type NodeOptions, openClient, withNode } from '../connection.ts';
import { parseContract, readEvmKey } from '../node/anchor-options.ts';
import { addressOption, integerOption } from '../option-parsers.ts';
import { formatTable } from '../output.ts';
import { toHex, toWire } from '../show.ts';
import { createAnchorKey, createAnchorSignatures, createAnchorValidators } from './anchor-validators.ts';

const PAGE_MAX = 100;

interface EvmOptions {
  readonly json?: boolean;
  readonly rpc: string;
}

const withRpc = (command: Command): Command =>
  command.addOption(
    new Option('--rpc <url>', 'JSON-RPC of the EVM chain').env('AIVM_ANCHOR_EVM').makeOptionMandatory(),
  );

/** What an EVM client throws is for people who know it: its short words, as one refusal. */
function refusal(error: unknown): unknown {
  if (!(error instanceof Error) || !('shortMessage' in error)) return error;
  return new AivmError('unreachable', `the EVM chain: ${String(error.shortMessage)}`, { cause: error });
}

/** Deploys the contract that knows the validators of the node's network, beginning with their first set. */
async function deployValidators(
  place: Omit<DeployValidatorsOptions, 'set'>,
  client: Awaited<ReturnType<typeof openClient>>,
): Promise<string> {
  const { ValidatorsContract } = await import('@aivm/node');
  const { first } = await client.getAnchorValidators();
  if (first === undefined) {
    throw new AivmError(
      'not_found',
      'this node began with a snapshot and does not know the first set of the validators; ask another one',
    );
  }
  const contract = await ValidatorsContract.deploy({ ...place, set: first }).catch((error: unknown) => {
    throw refusal(error);
  });
  return contract.address;
}

interface DeployOptions extends EvmOptions, NodeOptions {
  readonly key?: string;
  readonly submitter?: Uint8Array;
  readonly validators?: boolean;
}

async function deploy(options: DeployOptions, context: CliContext): Promise<void> {
  const { deployAnchorsContract } = await import('@aivm/node');
  const output = outputFor(context, options);
  const privateKey = await readEvmKey(options.key, context);
  const client = await openClient(options);
  const { chain_id: chainId, genesis_hash: genesisHash } = await client.getConfig({ signal: context.signal });
  const place = { endpoint: options.rpc, privateKey, chainId, genesisHash };
  const validators = options.validators === true ? await deployValidators(place, client) : undefined;
  const submitter = validators === undefined ? options.submitter : textToAddress(validators);
  const deployed = await deployAnchorsContract({
    ...place,
    ...(submitter === undefined ? {} : { submitter }),
  }).catch((error: unknown) => {
    throw refusal(error);
  });
  output.line(
    `AivmAnchors of AIVM chain ${chainId} at ${deployed.address}, EVM chain ${deployed.evmChainId}`,
  );
  output.line(`owner ${deployed.owner}, submitter ${deployed.submitter}`);
  if (validators !== undefined) {
    output.line(
      `the submitter is AivmValidators: it takes what more than two thirds of the validators' power signed`,
    );
  }
  output.json({
    ...deployed,
    ...(validators === undefined ? {} : { validators }),
    chainId,
    genesisHash: toHex(genesisHash),
  });
}

const createDeploy = (context: CliContext): Command =>
  withNode(
    withRpc(
      createCommand(
        'deploy',
        'Deploys the contract that keeps the anchors of the chain of --node.',
        'aivm anchor deploy --rpc http://127.0.0.1:8545 --key evm.key',
      ),
    ),
  )
    .option('--key <file>', 'key file of the EVM account that pays and owns; else AIVM_ANCHOR_KEY_HEX')
    .addOption(
      new Option('--submitter <address>', 'who hands anchors in; the owner when left out')
        .argParser(addressOption)
        .conflicts('validators'),
    )
    .option(
      '--validators',
      "deploys an AivmValidators contract too, as the submitter: anchors rest on the network's validators",
    )
    .action((options: DeployOptions) => deploy(options, context));

async function verify(
  path: string,
  options: EvmOptions & { readonly contract: string },
  context: CliContext,
): Promise<void> {
  const { AnchorsContract, verifyReceiptOnEvm } = await import('@aivm/node');
  const { parseJson, receiptFileFromJson, verifyReceipt } = await import('@aivm/sdk');
  const output = outputFor(context, options);
  const refuse = (reason: string): void => {
    output.line(`refused: ${reason}`);
    output.json({ valid: false, reason });
    context.setExitCode(EXIT_REFUSED);
  };
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AivmError('not_found', `no receipt file at ${path}`, { cause });
  });
  const file = receiptFileFromJson(parseJson(text));
  const offline = verifyReceipt(file);
  if (!offline.isValid) {
    refuse(`${offline.code}: ${offline.detail}`);
    return;
  }
  const contract = await AnchorsContract.open(options.rpc, parseContract(options.contract)).catch(
    (error: unknown) => {
      throw refusal(error);
    },
  );
  const verdict = await verifyReceiptOnEvm(contract, file).catch((error: unknown) => {
    throw refusal(error);
  });
  if (!verdict.isValid) {
    refuse(verdict.reason);
    return;
  }
  const { anchor } = verdict;
  output.line(`valid: receipt ${offline.index}, task ${offline.receipt.jobId}`);
  output.line(
    `under anchor ${anchor.number} (block ${anchor.height}), says the contract ${options.contract}`,
  );
  output.json({ valid: true, index: offline.index, anchor: anchor.number, height: anchor.height });
}

const createVerify = (context: CliContext): Command =>
  withRpc(
    createCommand(
      'verify',
      'Asks the contract on an EVM chain whether a receipt is under one of its anchors.',
      'aivm receipt get 0 --anchor latest --json > receipt.json\naivm anchor verify receipt.json --rpc http://127.0.0.1:8545 --contract 0x…',
    ),
  )
    .argument('<file>', 'a receipt file made with --anchor')
    .requiredOption('--contract <address>', 'the AivmAnchors contract')
    .action((path: string, options: EvmOptions & { readonly contract: string }) =>
      verify(path, options, context),
    );

const createList = (context: CliContext): Command =>
  withNode(createCommand('list', 'Anchors, newest first, and how far each sink is.', 'aivm anchor list'))
    .option('--limit <n>', 'how many', integerOption(1, PAGE_MAX), 20)
    .option('--cursor <text>', 'next_cursor of the page before')
    .action(async (options: NodeOptions & { json?: boolean; limit: number; cursor?: string }) => {
      const output = outputFor(context, options);
      const client = await openClient(options);
      const { limit, cursor } = options;
      const page = await client.listAnchors(
        { limit, ...(cursor === undefined ? {} : { cursor }) },
        { signal: context.signal },
      );
      output.line(`${page.count} anchors`);
      for (const { sink, delivered, last_error: error } of page.sinks) {
        output.line(`${sink}: ${delivered} delivered${error === undefined ? '' : `; ${error}`}`);
      }
      const rows = page.anchors.map(({ number, height, receipt_count: receipts, commit_root: root }) => [
        String(number),
        String(height),
        String(receipts),
        toHex(root),
      ]);
      if (rows.length > 0) output.line(formatTable(['anchor', 'block', 'receipts', 'root'], rows));
      output.json(await toWire('listAnchors', page));
    });

/** `aivm anchor list|signatures|validators|key|deploy|verify` */
export const createAnchorCommand = (context: CliContext): Command =>
  createGroup('anchor', 'Anchors: the roots of all receipts, handed to other chains.')
    .addCommand(createList(context))
    .addCommand(createAnchorSignatures(context))
    .addCommand(createAnchorValidators(context))
    .addCommand(createAnchorKey(context))
    .addCommand(createDeploy(context))
    .addCommand(createVerify(context));
