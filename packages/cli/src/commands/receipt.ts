import { readFile } from 'node:fs/promises';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Command } from 'commander';
import {
  type CliContext,
  createCommand,
  createGroup,
  EXIT_REFUSED,
  EXIT_UNANCHORED,
  outputFor,
} from '../cli-context.ts';
import { type NodeOptions, openClient, withNode } from '../connection.ts';
import { bytesOption, integerOption } from '../option-parsers.ts';

const INDEX_MAX = 2 ** 32 - 1;

async function readReceiptFile(path: string): Promise<unknown> {
  const { parseJson } = await import('@aivm/sdk');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AivmError('not_found', `no receipt file at ${path}`, { cause });
  });
  return parseJson(text);
}

interface VerifyOptions {
  readonly json?: boolean;
  readonly blockId?: Uint8Array;
}

async function verify(path: string, options: VerifyOptions, context: CliContext): Promise<void> {
  const { verifyReceiptFile } = await import('@aivm/sdk');
  const output = outputFor(context, options);
  const trusted = options.blockId === undefined ? {} : { trustedBlockId: options.blockId };
  const verdict = verifyReceiptFile(await readReceiptFile(path), trusted);
  if (!verdict.isValid) {
    output.line(`refused: ${verdict.code}: ${verdict.detail}`);
    output.json({ valid: false, code: verdict.code, detail: verdict.detail });
    context.setExitCode(EXIT_REFUSED);
    return;
  }
  const { receipt, index, header } = verdict;
  const isTrusted = options.blockId !== undefined;
  output.line(
    `${isTrusted ? 'valid' : 'consistent'}: receipt ${index}, task ${receipt.jobId}, provider ${receipt.providers.join(', ')}`,
  );
  output.line(`under block ${header.height} with id 0x${bytesToHex(verdict.blockId)}`);
  if (!isTrusted) {
    output.line(
      `Anybody can make such a file: compare the id with a node or checkpoint of your own, and give it as --block-id (exit code ${EXIT_UNANCHORED} until then).`,
    );
    context.setExitCode(EXIT_UNANCHORED);
  }
  output.json({
    valid: true,
    trusted: isTrusted,
    index,
    height: header.height,
    blockId: verdict.blockId,
    receipt,
  });
}

interface GetOptions extends NodeOptions {
  readonly json?: boolean;
  readonly anchor?: number | 'latest';
}

const anchorOption = (text: string): number | 'latest' =>
  text === 'latest' ? text : integerOption(0, Number.MAX_SAFE_INTEGER)(text);

const createGet = (context: CliContext): Command =>
  withNode(
    createCommand('get', 'Fetches a receipt with its proof.', 'aivm receipt get 0 --json > receipt.json'),
  )
    .argument('<index>', 'index of the receipt', integerOption(0, INDEX_MAX))
    .option('--anchor <number>', 'with the proof against this anchor, or against the "latest"', anchorOption)
    .action(async (index: number, options: GetOptions) => {
      const output = outputFor(context, options);
      const { receiptFileToJson } = await import('@aivm/sdk');
      const client = await openClient(options);
      const { anchor } = options;
      const file = await client.getReceiptProof(index, { anchor }, { signal: context.signal });
      const { receipt } = file;
      output.line(`receipt ${index}: task ${receipt.jobId}, provider ${receipt.providers.join(', ')}`);
      output.line(`final in block ${receipt.height}; proof against block ${file.header.height}`);
      output.line('With --json the receipt file itself is printed; check it with: aivm receipt verify FILE');
      output.json(receiptFileToJson(file));
    });

const createVerify = (context: CliContext): Command =>
  createCommand('verify', 'Checks a receipt file offline.', 'aivm receipt verify receipt.json')
    .argument('<file>', 'a receipt file')
    .option('--block-id <hex>', 'the block id that you trust', bytesOption)
    .action((path: string, options: VerifyOptions) => verify(path, options, context));

/** `aivm receipt get|verify` */
export const createReceiptCommand = (context: CliContext): Command =>
  createGroup('receipt', 'Receipts: proofs that a task ended with an answer.')
    .addCommand(createGet(context))
    .addCommand(createVerify(context));
