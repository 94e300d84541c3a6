import type { ChainEvent, Client, Dispute } from '@aivm/sdk';
import type { Command } from 'commander';
import { type CliContext, createCommand, createGroup, outputFor } from '../cli-context.ts';
import { type NodeOptions, openClient, withNode } from '../connection.ts';
import { integerOption } from '../option-parsers.ts';
import { formatTable, type Output } from '../output.ts';
import { toHex, toWire } from '../show.ts';
import { createDisputeFileCommands } from './dispute-file.ts';

const PAGE_MAX = 100;
const FOLLOW_MS = 500;

function describeMove(move: ChainEvent): string {
  switch (move.kind) {
    case 'seat':
      return `seat ${move.position}, ${move.provider}: ${move.change}`;
    case 'challenge':
      return move.upheld
        ? `verdict: the result was wrong${move.claim_right ? ', the challenger is right' : ''}`
        : 'verdict: the result was not shown wrong';
    case 'conviction':
      return `${move.provider} convicted: ${move.forfeited} forfeited, ${move.rewarded} to the challenger`;
    case 'dispute':
      return move.change;
    default:
      return move.kind;
  }
}

function show(output: Output, dispute: Dispute): void {
  const { panel } = dispute;
  output.line(`dispute     ${toHex(dispute.id)}`);
  output.line(`task        ${dispute.task_id} (${dispute.model})`);
  output.line(`provider    ${dispute.provider}, output hash ${toHex(dispute.posted_hash)}`);
  output.line(
    `challenger  ${toHex(dispute.challenger)}, claims hash ${toHex(dispute.claimed_hash)}, bond ${dispute.bond}`,
  );
  const end =
    dispute.settled_at_height === undefined ? '' : `, settled in block ${dispute.settled_at_height}`;
  output.line(`opened      in block ${dispute.opened_at_height}${end}`);
  output.line(`judge       ${dispute.judge}`);
  output.line(`verdict     ${dispute.verdict}`);
  if (panel !== undefined) {
    output.line(`committee   ${panel.phase}, ${panel.m} equal outputs of ${panel.n} decide`);
    const rows = panel.seats.map((seat) => [String(seat.position), seat.provider, seat.status]);
    if (rows.length > 0) output.line(formatTable(['seat', 'provider', 'status'], rows));
  }
}

type Lines = (dispute: Dispute) => Promise<readonly string[]>;

/** What there is to show of a dispute so far: of a game, what each move left in dispute. */
async function linesOf(client: Client, dispute: Dispute): Promise<Lines> {
  if (dispute.judge !== 'game')
    return async ({ moves }) => moves.map((move) => `${move.height}  ${describeMove(move)}`);
  const { createGameReader, rowOfStep } = await import('./dispute-steps.ts');
  const steps = await createGameReader(client, dispute);
  return async ({ settled_at_height: until }) =>
    (await steps(until)).map((step) => rowOfStep(step).join('  '));
}

/** Shows the moves as they come; with `follows` until the dispute is settled. */
async function showMoves(
  client: Client,
  {
    dispute,
    follows,
    signal,
  }: { readonly dispute: Dispute; readonly follows: boolean; readonly signal: AbortSignal },
  output: Output,
): Promise<Dispute> {
  const { sleep } = await import('@aivm/sdk');
  const lines = await linesOf(client, dispute);
  let now = dispute;
  for (let shown = 0; ; ) {
    const all = await lines(now);
    for (const line of all.slice(shown)) output.line(line);
    shown = all.length;
    if (!follows || now.verdict !== 'open') return now;
    await sleep(FOLLOW_MS, signal);
    now = await client.getDispute(toHex(dispute.id), { signal });
  }
}

interface ShowOptions extends NodeOptions {
  readonly json?: boolean;
  readonly follow?: boolean;
}

const createShow = (context: CliContext): Command =>
  withNode(createCommand('show', 'One dispute, move by move.', 'aivm dispute show t-1 --follow'))
    .argument('<id>', "hash of the challenge's transaction, or a task (its latest dispute)")
    .option('--follow', 'show moves as they come, until the dispute is settled')
    .action(async (id: string, options: ShowOptions) => {
      const output = outputFor(context, options);
      const client = await openClient(options);
      const { signal } = context;
      const follows = options.follow === true;
      const found = await client.getDispute(id, { signal });
      show(output, found);
      const dispute = await showMoves(client, { dispute: found, follows, signal }, output);
      if (dispute.verdict !== found.verdict) output.line(`verdict     ${dispute.verdict}`);
      output.json(await toWire('getDispute', dispute));
    });

const createList = (context: CliContext): Command =>
  withNode(createCommand('list', 'Disputes, newest first.', 'aivm dispute list'))
    .option('--limit <n>', 'how many', integerOption(1, PAGE_MAX), 20)
    .option('--cursor <text>', 'next_cursor of the page before')
    .action(async (options: NodeOptions & { json?: boolean; limit: number; cursor?: string }) => {
      const output = outputFor(context, options);
      const { limit, cursor } = options;
      const query = { limit, ...(cursor === undefined ? {} : { cursor }) };
      const page = await (await openClient(options)).listDisputes(query, { signal: context.signal });
      const rows = page.disputes.map((dispute) => [
        dispute.task_id,
        dispute.provider,
        dispute.judge,
        dispute.verdict,
        String(dispute.opened_at_height),
        toHex(dispute.id),
      ]);
      if (rows.length === 0) output.line('no disputes');
      else output.line(formatTable(['task', 'provider', 'judge', 'verdict', 'block', 'id'], rows));
      output.json(await toWire('listDisputes', page));
    });

/** `aivm dispute list|show|export|verify` */
export function createDisputeCommand(context: CliContext): Command {
  const group = createGroup('dispute', 'Challenges of results, open and settled.')
    .addCommand(createList(context))
    .addCommand(createShow(context));
  for (const command of createDisputeFileCommands(context)) group.addCommand(command);
  return group;
}
