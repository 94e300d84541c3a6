import { readFile, writeFile } from 'node:fs/promises';
import { bytesToHex, equalBytes, ZERO_32 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { hashOfReveal, leafCountOf, parseMove, topOf, traceFacts, treeRoot } from '@aivm/core/network';
import type { Client } from '@aivm/sdk';
import type { Command } from 'commander';
import { type CliContext, createCommand, EXIT_REFUSED, outputFor } from '../cli-context.ts';
import { type NodeOptions, openClient, withNode } from '../connection.ts';
import { toHex } from '../show.ts';

/** Everything that the verdict of a game follows from, as a file. @throws AivmError `not_found` unless an element decided */
async function exportConviction(client: Client, id: string): Promise<Uint8Array> {
  const { passOfTask, readDisputedFacts, serializeConviction } = await import('@aivm/sdk');
  const dispute = await client.getDispute(id);
  const task = await client.getTask(dispute.task_id);
  const { moves } = await client.getGameMoves(dispute.task_id, { from: dispute.opened_at_height });
  const deciding = moves.findLast(
    ({ move, sender, height }) =>
      move === 3 && equalBytes(sender, dispute.challenger) && height === dispute.settled_at_height,
  );
  const witness = deciding && parseMove(deciding.move, deciding.body);
  const commitment = moves.findLast(({ move, height }) => move === 0 && height <= (deciding?.height ?? 0));
  const commit = commitment && parseMove(commitment.move, commitment.body);
  if (deciding === undefined || witness?.move !== 'witness' || commit?.move !== 'commit')
    throw new AivmError('not_found', `dispute ${id}: it was not decided by an element`);
  const { header, output } = await readDisputedFacts(client, dispute);
  const { network } = passOfTask({ header, input: task.input_bytes, output });
  const leafCount = leafCountOf(network.traceBytes);
  return serializeConviction({
    ...witness,
    version: 1,
    genesisHash: (await client.getConfig()).genesis_hash ?? ZERO_32,
    taskId: task.id,
    provider: dispute.provider,
    challenger: dispute.challenger,
    decidedAtHeight: deciding.height,
    header,
    weightHash: task.weight_hash,
    input: task.input_bytes,
    output,
    root: treeRoot(traceFacts(network), hashOfReveal(leafCount, topOf(leafCount), commit.entries)),
  });
}

const createExport = (context: CliContext): Command =>
  withNode(
    createCommand(
      'export',
      'Writes all that the verdict about one element follows from: header, task, root and witness.',
      'aivm dispute export t-1 --out t-1.conviction',
    ),
  )
    .argument('<id>', "hash of the challenge's transaction, or a task (its latest dispute)")
    .requiredOption('--out <file>', 'where to write it')
    .action(async (id: string, options: NodeOptions & { json?: boolean; out: string }) => {
      const output = outputFor(context, options);
      const file = await exportConviction(await openClient(options), id);
      await writeFile(options.out, file);
      output.line(
        `${options.out}: ${file.length} bytes; check it anywhere: aivm dispute verify ${options.out}`,
      );
      output.json({ file: options.out, bytes: file.length });
    });

const createVerify = (context: CliContext): Command =>
  createCommand(
    'verify',
    'Computes the element of a conviction file again. Needs no node; exits with 1 if the provider was right.',
    'aivm dispute verify t-1.conviction',
  )
    .argument('<file>', 'what `aivm dispute export` wrote')
    .action(async (path: string, options: { json?: boolean }) => {
      const output = outputFor(context, options);
      const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        throw new AivmError(
          'not_found',
          `${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`,
        );
      });
      const { verifyConviction } = await import('@aivm/sdk');
      const { conviction, operator, unit, committed, right, isRight } = verifyConviction(
        new Uint8Array(file),
      );
      output.line(`task        ${conviction.taskId}`);
      output.line(`chain       0x${bytesToHex(conviction.genesisHash)}`);
      output.line(`provider    ${conviction.provider}`);
      output.line(`trace       ${toHex(conviction.root)}`);
      output.line(`weights     ${toHex(conviction.weightHash)}`);
      output.line(`element     ${unit.element} of tensor ${unit.tensor} (${operator})`);
      output.line(`committed   ${toHex(committed)}`);
      output.line(`right       ${toHex(right)}`);
      output.line(`verdict     ${isRight ? 'the provider is right' : 'the provider is wrong'}`);
      output.json({
        task_id: conviction.taskId,
        provider: conviction.provider,
        ...unit,
        operator,
        wrong: !isRight,
      });
      if (isRight) context.setExitCode(EXIT_REFUSED);
    });

/** `aivm dispute export|verify` */
export const createDisputeFileCommands = (context: CliContext): readonly Command[] => [
  createExport(context),
  createVerify(context),
];
