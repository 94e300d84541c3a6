import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { utf8ToBytes, ZERO_32 } from '@aivm/core/bytes';
import { hashBlob, leafCountOf, revealShape } from '@aivm/core/network';
import { CheckClass } from '@aivm/core/state';
import { type Client, createClient, createSender, developmentAccounts, type Sender } from '@aivm/sdk';
import { bytesOfTokens, createSdkNode, type WorkerNode } from '@aivm/worker';

import { type Audience, type ChainOptions, playOnOwnChain } from '../story/own-chain.ts';
import { LIES, type LieKind } from './lying-engine.ts';
import { type ProcessEvent, Processes } from './start-processes.ts';
import { STORY_TEXTS } from './story-texts.ts';

export type DemoModel = 'digits' | 'story';

const HONEST = ['honest-1', 'honest-2', 'honest-3'] as const;
const FEE = 50_000_000_000n;
const TASKS_MAX = 80;
const NO_BYTES = new Uint8Array(0);
const ACCUSER = 'false-accuser';

/** What became of the story. */
export interface NetworkOutcome {
  readonly height: number;
  readonly tasks: number;
  readonly finalTasks: number;
  /** Liars by what they changed, with the exchanges that their conviction took. */
  readonly convicted: ReadonlyMap<LieKind, number>;
  readonly lies: readonly LieKind[];
  /** Whether an honest provider was found wrong. */
  readonly honestConvicted: readonly string[];
  readonly accusationsLost: number;
}

const modelFile = (path: string): Promise<Uint8Array> =>
  readFile(fileURLToPath(new URL(`../../../../models/${path}`, import.meta.url))).then(
    (bytes) => new Uint8Array(bytes),
  );

/** Digits have no attention: two mistakes are possible. */
const liesOf = (model: DemoModel): readonly LieKind[] => (model === 'digits' ? ['token', 'weight'] : LIES);

/** Input of a task, and the length of its answer where it is a text. */
interface Question {
  readonly input: Uint8Array;
  readonly maxNew: number;
}

/** Inputs of tasks: images, or texts to go on with. */
async function questionsOf(model: DemoModel): Promise<(index: number) => Question> {
  if (model === 'story')
    return (index) => {
      const [text, maxNew] = STORY_TEXTS[index % STORY_TEXTS.length]!;
      return { input: bytesOfTokens(utf8ToBytes(text)), maxNew };
    };
  const lines = new TextDecoder()
    .decode(await modelFile('digits/samples.csv'))
    .trim()
    .split('\n')
    .slice(1);
  return (index) => {
    const cells = lines[index % lines.length]!.split(',').slice(0, 64);
    return { input: Uint8Array.from(cells, (cell) => Number(cell) & 0xff), maxNew: 0 };
  };
}

async function register(model: DemoModel, sender: Sender, client: Client): Promise<void> {
  const [header, blob] = await Promise.all([
    modelFile(`${model}/${model}.header`),
    modelFile(`${model}/${model}.blob`),
  ]);
  const hash = hashBlob(blob);
  await sender.send({
    kind: 'registerModel',
    id: model,
    name: model,
    modelType: 'network',
    capabilities: [],
    contextSize: 0,
    parameters: '',
    checkClass: CheckClass.int8Graph,
    deterministic: true,
    header,
    weights: NO_BYTES,
    weightHash: hash,
    licenseRoot: ZERO_32,
  });
  await client.putBlob({ hash, model, bytes: blob });
}

/** Says where a game stands, as the state proves it. */
async function placeOf(node: WorkerNode, { taskId = '', game: number = 0 }: ProcessEvent): Promise<string> {
  const [trial, game] = await Promise.all([node.proveTrial(taskId), node.proveGame({ taskId, number })]);
  if (trial === undefined || game === undefined) return '';
  const leafCount = leafCountOf(trial.traceBytes);
  const { first, count, level, isLeaves } = revealShape(leafCount, game);
  const span = 4 ** level;
  const end = Math.min((first + count) * span, leafCount) - 1;
  return `   leaves ${first * span}…${end} of ${leafCount}${isLeaves ? ', shown' : ''}`;
}

/** What happens while the story is told. */
class Story {
  readonly held = new Set<string>();
  /** Who has challenged something. */
  readonly accusers = new Set<string>();
  readonly exchanges = new Map<string, number>();
  readonly #node: WorkerNode;
  readonly #audience: Audience;

  constructor(node: WorkerNode, audience: Audience) {
    this.#node = node;
    this.#audience = audience;
  }

  readonly onEvent = (name: string, event: ProcessEvent): void => {
    const { output } = this.#audience;
    const { taskId = '', move = '', height = 0 } = event;
    if (event.event === 'holding') this.held.add(name);
    if (event.event === 'watching') this.held.add(name);
    if (event.event === 'mismatch') output.line(`${name}: ${taskId} of ${event.provider} is wrong`);
    if (event.event === 'challenged') {
      this.accusers.add(name);
      output.line(`${name}: challenged ${taskId} in block ${height}`);
    }
    if (event.event === 'stumbled' || event.event === 'unchallenged')
      output.line(`${name}: ${taskId}: ${event.code ?? ''} ${event.detail ?? ''}`);
    if (event.event !== 'moved') return;
    if (move === 'commit' || move === 'reveal')
      this.exchanges.set(taskId, (this.exchanges.get(taskId) ?? 0) + 1);
    const told = `   ${taskId} game ${event.game}: ${move.padEnd(8)} by ${name}, block ${height}`;
    void placeOf(this.#node, event).then(
      (place) => output.line(told + place),
      () => output.line(told),
    );
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await condition())) {
    signal.throwIfAborted();
    await pause(200);
  }
}

export interface NetworkDemoOptions extends Omit<ChainOptions, 'genesis'> {
  readonly model: DemoModel;
}

/** How long a watcher on a slow machine needs at most until it challenges: a pass and the tree of a trace. */
const WINDOW_MS = { digits: 6_000, story: 15_000 } as const;

/** Genesis of the demo's chain: quick blocks, a window that a slow machine has time in, every rule as by default. */
const genesisOf = (blockTimeMs: number, windowMs: number): string =>
  JSON.stringify({
    version: 1,
    message: 'AIVM network demo',
    timestamp: Math.floor(Date.now() / 1_000),
    config: {
      challengeWindowBlocks: Math.max(100, Math.ceil(windowMs / blockTimeMs)),
      // A provider that is convicted while it works on a task leaves it: another one is drawn behind this time.
      taskTimeout: '20s',
    },
    params: { minBlockIntervalMs: blockTimeMs, development: true },
    allocations: Object.fromEntries(
      developmentAccounts().map(({ address }) => [address, '1000000000000000000000000']),
    ),
  });

/** Starts three honest providers, a watcher, a liar of each kind and one that accuses: each is a process of its own. */
function startCast(
  { model, url, cacheDir }: { readonly model: DemoModel; readonly url: string; readonly cacheDir: string },
  processes: Processes,
  onEvent: Story['onEvent'],
): void {
  const common = ['--node', url, '--cache-dir', cacheDir, '--json'];
  for (const [i, id] of HONEST.entries())
    processes.start({
      name: id,
      args: ['provider', '--id', id, '--dev', String(i + 1), '--hold', model, ...common],
      onEvent,
    });
  for (const [i, lie] of liesOf(model).entries())
    processes.start(
      { name: lie, args: liarArgs({ lie, account: 4 + i, model, url, cacheDir }), onEvent },
      true,
    );
  const accuser = { lie: liesOf(model)[0]!, account: 9, model, url, cacheDir, accuses: HONEST };
  processes.start({ name: ACCUSER, args: liarArgs(accuser), onEvent }, true);
  processes.start({ name: 'watcher', args: ['watch', '--dev', '8', ...common], onEvent });
}

const liarArgs = (part: {
  readonly lie: LieKind;
  readonly account: number;
  readonly model: string;
  readonly url: string;
  readonly cacheDir: string;
  readonly accuses?: readonly string[];
}): readonly string[] => ['demo', '--play', JSON.stringify({ id: `liar-${part.lie}`, ...part })];

/** Submits tasks until every liar has been drawn, has lied and is convicted, and an honest answer is challenged. */
async function convictAll(
  model: DemoModel,
  {
    client,
    sender,
    story,
    signal,
  }: {
    readonly client: Client;
    readonly sender: Sender;
    readonly story: Story;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const question = await questionsOf(model);
  const liars = liesOf(model).map((lie) => `liar-${lie}`);
  const isFree = async (): Promise<boolean> => {
    const { tasks } = await client.listTasks({ limit: 100 });
    // No more than the one watcher of this machine computes again in time.
    return tasks.filter(({ settlement }) => settlement === 'open').length < 2;
  };
  const isTold = async (): Promise<boolean> => {
    const states = await Promise.all(liars.map((id) => client.getProvider(id)));
    return story.accusers.has(ACCUSER) && states.every(({ state }) => state === 'slashed');
  };
  for (let count = 0; count < TASKS_MAX; count++) {
    if (await isTold()) return count;
    await sender.send({
      kind: 'submitTask',
      id: `t-${count}`,
      taskType: 'inference',
      model,
      ...question(count),
      fee: FEE,
      maxAdmission: 0n,
      mode: 0,
      n: 0,
      deadlineBlocks: 0n,
    });
    await until(isFree, signal);
    await pause(model === 'digits' ? 300 : 1_500);
  }
  await until(isTold, signal);
  return TASKS_MAX;
}

/** How many tasks are over, in all and with a final answer. */
async function countEnded(client: Client): Promise<{ readonly ended: number; readonly final: number }> {
  const { tasks } = await client.listTasks({ limit: 100 });
  const final = tasks.filter(({ settlement }) => settlement === 'final').length;
  return { ended: final + tasks.filter(({ status }) => status === 'failed').length, final };
}

/** Plays the story of a network: liars are convicted by one element each, and a false accusation is lost. */
export async function runNetworkDemo(
  options: NetworkDemoOptions,
  audience: Audience,
): Promise<NetworkOutcome & Awaited<ReturnType<typeof playOnOwnChain>>> {
  const { model, dataDirectory, blockTimeMs } = options;
  const genesis = genesisOf(blockTimeMs, WINDOW_MS[model]);
  return playOnOwnChain({ ...options, genesis }, (node, around) => play(node, around), audience);

  async function play(node: { readonly url: string }, around: Audience): Promise<NetworkOutcome> {
    const { output, signal } = around;
    const client = createClient({ url: node.url });
    const sender = createSender({ client, wallet: developmentAccounts()[0]! });
    await register(model, sender, client);
    output.line(`Model ${model} is registered; the node keeps its weights`);
    const story = new Story(createSdkNode(client), around);
    const processes = new Processes();
    const cacheDir = join(dataDirectory, 'weights');
    const parts = { model, url: node.url, cacheDir };
    const race = <T>(wait: Promise<T>): Promise<T> => Promise.race([wait, processes.failed]);
    try {
      startCast(parts, processes, story.onEvent);
      const cast = HONEST.length + liesOf(model).length;
      await race(until(() => story.held.size >= cast + 2, signal));
      output.line(`${cast} providers hold the weights, ${liesOf(model).length} of them lie`);
      output.line('A watcher watches; another one accuses the first honest answer');
      const total = await race(convictAll(model, { client, sender, story, signal }));
      output.line(`Every liar is convicted after ${total} tasks`);
      await race(until(async () => (await countEnded(client)).ended === total, signal));
      return await readOutcome(client, story, total);
    } finally {
      await processes.stop();
    }
  }

  async function readOutcome(client: Client, story: Story, total: number): Promise<NetworkOutcome> {
    const { disputes } = await client.listDisputes({ limit: 100 });
    const upheld = disputes.filter(({ verdict }) => verdict === 'upheld');
    const convicted = new Map<LieKind, number>();
    for (const lie of liesOf(model)) {
      const dispute = upheld.find(({ provider }) => provider === `liar-${lie}`);
      if (dispute !== undefined) convicted.set(lie, story.exchanges.get(dispute.task_id) ?? 0);
    }
    const honest = await Promise.all(HONEST.map((id) => client.getProvider(id)));
    const accuser = developmentAccounts()[9]!.addressBytes;
    return {
      height: (await client.getHealth()).height,
      tasks: total,
      finalTasks: (await countEnded(client)).final,
      convicted,
      lies: liesOf(model),
      honestConvicted: honest.filter(({ state }) => state !== 'active').map(({ id }) => id),
      accusationsLost: disputes.filter(
        ({ verdict, challenger }) => verdict === 'rejected' && Buffer.compare(challenger, accuser) === 0,
      ).length,
    };
  }
}

/** What is wrong with an outcome; nothing where the story went as the rules say. */
export function judgeNetworkOutcome(outcome: NetworkOutcome): readonly string[] {
  const { lies, convicted, tasks, finalTasks, honestConvicted, accusationsLost } = outcome;
  const missed = lies.filter((lie) => !convicted.has(lie));
  const long = [...convicted].filter(([, exchanges]) => exchanges > EXCHANGES_MAX);
  return [
    ...(missed.length === 0 ? [] : [`not convicted: ${missed.join(', ')}`]),
    ...(long.length === 0
      ? []
      : [`more than ${EXCHANGES_MAX} exchanges: ${long.map(([lie]) => lie).join(', ')}`]),
    ...(finalTasks === tasks ? [] : [`${finalTasks} of ${tasks} tasks are final`]),
    ...(honestConvicted.length === 0 ? [] : [`honest and convicted: ${honestConvicted.join(', ')}`]),
    ...(accusationsLost > 0 ? [] : ['no false accusation was lost']),
  ];
}

/** The most times that a provider of the demo shows something about one result. */
const EXCHANGES_MAX = 5;
