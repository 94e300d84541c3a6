import { readFile } from 'node:fs/promises';
import { AivmError } from '@aivm/core/errors';
import { TASK_TYPES } from '@aivm/core/state';
import type { Client, Task, TaskMilestone, TaskPanel } from '@aivm/sdk';
import { type Command, Option } from 'commander';
import {
  type CliContext,
  createCommand,
  createGroup,
  EXIT_REFUSED,
  outputFor,
  UsageError,
} from '../cli-context.ts';
import {
  type KeyOptions,
  type NodeOptions,
  openClient,
  openConnection,
  withKey,
  withNode,
} from '../connection.ts';
import { amountOption, durationOption, integerOption } from '../option-parsers.ts';
import { formatTable, type Output } from '../output.ts';
import { shorten, toWire } from '../show.ts';
import { type OperationOptions, sendOperation } from './operation-command.ts';

const DEADLINE_BLOCKS_MAX = 10_000;
const LIMIT_MAX = 100;
const SEATS_MAX = 15;
/** `chain`: what the chain does where a task does not say. */
const MODES = ['chain', 'redundant'] as const;
const NEW_TOKENS_MAX = 65_536;
const SHOWN_WIDTH = 60;

interface SubmitOptions extends NodeOptions, KeyOptions {
  readonly json?: boolean;
  readonly id?: string;
  readonly type: string;
  readonly input?: string;
  readonly inputFile?: string;
  readonly text?: string;
  readonly maxNew?: number;
  readonly fee?: bigint;
  readonly deadline: number;
  readonly mode: (typeof MODES)[number];
  readonly n: number;
  readonly wait?: boolean;
  readonly until?: TaskMilestone;
  readonly timeout: number;
}

async function readInput({ input, inputFile, text: given }: SubmitOptions): Promise<unknown> {
  const { parseJson } = await import('@aivm/sdk');
  if ([input, inputFile, given].filter((one) => one !== undefined).length !== 1)
    throw new UsageError('give the input once: --input JSON, --input-file FILE or --text TEXT');
  if (given !== undefined) return given;
  if (input !== undefined) return parseJson(input);
  const text = await readFile(inputFile as string, 'utf8').catch((cause: unknown) => {
    throw new AivmError('not_found', `no input at ${inputFile}`, { cause });
  });
  return parseJson(text);
}

/** @example 3 of 5, committing: p-1 committed, p-2 drawn */
function describePanel({ m, n, phase, seats }: TaskPanel): string {
  const members = seats.map(({ provider, status }) => `${provider} ${status}`).join(', ');
  return `${m} of ${n}, ${phase}${members === '' ? '' : `: ${members}`}`;
}

function showTask(output: Output, task: Task): void {
  const lines: [string, unknown][] = [
    ['task', task.id],
    ['model', task.model],
    [
      'status',
      `${task.status}, settlement ${task.settlement}${task.wait_reason ? ` (${task.wait_reason})` : ''}`,
    ],
    ['provider', task.assigned_to ?? '–'],
    ['panel', task.panel === undefined ? undefined : describePanel(task.panel)],
    ['input', task.input],
    ['output', task.output],
    [
      'verifiable',
      task.verifiable ? undefined : 'false: nobody can prove a wrong output of this model wrong',
    ],
    ['receipt', task.receipt_index],
    ['error', task.error],
  ];
  for (const [name, value] of lines) {
    if (value !== undefined) output.line(`${name.padEnd(12)}${shorten(value, SHOWN_WIDTH)}`);
  }
}

/** What a task waits for, in words. */
function describeWait(task: Task): string {
  const { status, settlement, wait_reason: reason, model } = task;
  if (reason === 'no_provider') return `waits: no provider of ${model} can be drawn (no_provider)`;
  if (reason === 'timers_full') return 'waits: the timers of the next blocks are full (timers_full)';
  if (reason === 'draws_spent') return 'waits: the draws of a block were used up (draws_spent)';
  if (reason === 'seats_taken')
    return 'waits: half of the seats that the members may hold are open (seats_taken)';
  if (status === 'pending') return 'waits for a provider to be drawn';
  if (settlement === 'posted') return `answered; final at height ${task.final_at_height ?? '?'}`;
  if (settlement === 'disputed') return 'disputed: a committee judges the answer';
  if (task.panel !== undefined) return `panel ${describePanel(task.panel)}`;
  return task.assigned_to === undefined ? status : `${status} by ${task.assigned_to}`;
}

const MILESTONES: readonly TaskMilestone[] = ['posted', 'usable', 'final'];

interface WaitOptions {
  readonly timeout: number;
  readonly until?: TaskMilestone;
}

async function waitFor(
  client: Client,
  id: string,
  { timeout, until = 'final' }: WaitOptions,
  context: CliContext,
  output: Output,
) {
  output.note(`waiting until ${id} is ${until} …`);
  const task = await client.waitForTask(id, {
    timeoutMs: timeout,
    until,
    signal: context.signal,
    onChange: (now) => {
      if (now.status !== 'completed' && now.status !== 'failed') output.note(`  ${describeWait(now)}`);
    },
  });
  showTask(output, task);
  output.json(await toWire('getTask', task));
  if (task.status === 'failed') context.setExitCode(EXIT_REFUSED);
}

async function submit(model: string, options: SubmitOptions, context: CliContext): Promise<void> {
  const output = outputFor(context, options);
  const input = await readInput(options);
  const connection = await openConnection(options, context);
  const { mode, n, type, fee, maxNew, deadline } = options;
  const submitted = await connection.submit(model, input, {
    ...{ id: options.id, mode, n, type, fee, maxNew, deadlineBlocks: deadline },
    signal: context.signal,
  });
  const { id, height, transaction: hash } = submitted;
  output.line(`submitted ${id} in block ${height}`);
  if (options.wait === true || options.until !== undefined)
    await waitFor(connection.client, id, options, context, output);
  else output.json({ id, hash, height });
}

const withWait = (command: Command): Command =>
  command
    .addOption(
      new Option('--until <milestone>', 'what to wait for: an answer, one to rely on, or the end').choices(
        MILESTONES,
      ),
    )
    .option('--timeout <duration>', 'how long to wait', durationOption, 600_000);

const createSubmit = (context: CliContext): Command =>
  withWait(
    withKey(
      withNode(
        createCommand(
          'submit',
          'Asks for work and pays for it.',
          "aivm task submit wdbc-int8 --input '[34,-67,39,30,50,106,84,80,74,73,78,-18,88,75,-6,40,21,21,37,27,59,-45,72,62,41,83,67,73,91,62,0,0]' --dev 0 --wait",
        ),
      ),
    ),
  )
    .argument('<model>', 'id of the model')
    .option(
      '--input <json>',
      'the input: any JSON, integers for an int8 model, tokens or a text for a network',
    )
    .option('--input-file <file>', 'the same, from a file')
    .option('--text <text>', 'the input as a text')
    .option('--max-new <n>', 'new tokens that a decoder may write', integerOption(1, NEW_TOKENS_MAX))
    .option('--id <id>', 'id of the task; made up when left out')
    .addOption(new Option('--type <type>', 'kind of work').choices([...TASK_TYPES]).default('inference'))
    .option(
      '--fee <amount>',
      'what it pays, in the smallest unit; left out: 5000000, or what the longest answer of a network costs',
      amountOption,
    )
    .option(
      '--deadline <blocks>',
      'refunded after so many; 0: the chain decides',
      integerOption(0, DEADLINE_BLOCKS_MAX),
      0,
    )
    .addOption(
      new Option('--mode <mode>', 'redundant: several providers answer and must agree')
        .choices(MODES)
        .default('chain'),
    )
    .option(
      '--n <n>',
      'redundant: so many providers are asked, and paid, and most of them decide; 0: the chain decides',
      integerOption(0, SEATS_MAX),
      0,
    )
    .option('--wait', 'the same as --until final')
    .action((model: string, options: SubmitOptions) => submit(model, options, context));

const createGet = (context: CliContext): Command =>
  withNode(createCommand('get', 'One task.', 'aivm task get task-1'))
    .argument('<id>', 'id of the task')
    .action(async (id: string, options: NodeOptions & { json?: boolean }) => {
      const output = outputFor(context, options);
      const task = await (await openClient(options)).getTask(id, { signal: context.signal });
      showTask(output, task);
      output.json(await toWire('getTask', task));
    });

interface ListOptions extends NodeOptions {
  readonly json?: boolean;
  readonly status?: Task['status'];
  readonly model?: string;
  readonly provider?: string;
  readonly cursor?: string;
  readonly limit: number;
}

const createList = (context: CliContext): Command =>
  withNode(createCommand('list', 'Tasks, newest first.', 'aivm task list --status completed --limit 10'))
    .addOption(
      new Option('--status <status>', 'only these').choices([
        'pending',
        'assigned',
        'processing',
        'completed',
        'failed',
      ]),
    )
    .option('--model <id>', 'only of this model')
    .option('--provider <id>', 'only of this provider')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .option('--limit <n>', 'tasks of a page', integerOption(1, LIMIT_MAX), 20)
    .action(async ({ json, node, chainId, genesisHash, ...query }: ListOptions) => {
      const output = outputFor(context, json === undefined ? {} : { json });
      const chain = {
        node,
        ...(chainId === undefined ? {} : { chainId }),
        ...(genesisHash === undefined ? {} : { genesisHash }),
      };
      const page = await (await openClient(chain)).listTasks(query, { signal: context.signal });
      const rows = page.tasks.map((task) => [
        task.id,
        task.model,
        task.status,
        task.settlement,
        task.assigned_to ?? '',
        shorten(task.output, 30),
      ]);
      output.line(formatTable(['id', 'model', 'status', 'settlement', 'provider', 'output'], rows));
      if (page.next_cursor !== undefined) output.line(`more: --cursor ${page.next_cursor}`);
      output.json(await toWire('listTasks', page));
    });

const createWait = (context: CliContext): Command =>
  withWait(
    withNode(createCommand('wait', 'Waits until a task is completed or failed.', 'aivm task wait task-1')),
  )
    .argument('<id>', 'id of the task')
    .action(async (id: string, options: NodeOptions & WaitOptions & { json?: boolean }) => {
      const output = outputFor(context, options);
      await waitFor(await openClient(options), id, options, context, output);
    });

const createCancel = (context: CliContext): Command =>
  withKey(
    withNode(
      createCommand(
        'cancel',
        'Takes a task back, and its fee, while no provider was drawn for it.',
        'aivm task cancel task-1 --dev 0',
      ),
    ),
  )
    .argument('<id>', 'id of the task')
    .action((id: string, options: OperationOptions) =>
      sendOperation(
        { operation: { kind: 'cancelTask', taskId: id }, done: `cancelled ${id}` },
        options,
        context,
      ),
    );

/** `aivm task submit|get|list|wait|cancel` */
export const createTaskCommand = (context: CliContext): Command =>
  createGroup('task', 'Work that somebody asks for.')
    .addCommand(createSubmit(context))
    .addCommand(createGet(context))
    .addCommand(createList(context))
    .addCommand(createWait(context))
    .addCommand(createCancel(context));
