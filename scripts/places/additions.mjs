// What is written to add a dummy of each kind: new files, and rows that go before a place in an existing file. `test` is
// the file of tests that shows that the dummy works.

const operation = {
  kind: 'an operation',
  files: {
    'packages/core/src/tx/operations/dummy.ts': `import { struct } from '../../bytes/codec/composites.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Refuses the id "no". */
export const dummy = defineOperation({ tag: 99, codec: struct('Dummy', { id }), work: 0 });
`,
    'packages/core/src/execute/operations/dummy.ts': `import { requireThat } from '../../errors/aivm-error.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';

/** @throws AivmError \`forbidden\`. */
export function processDummy(_context: BlockContext, _sender: Uint8Array, { id }: OperationOf<'dummy'>): void {
  requireThat(id !== 'no', 'forbidden', () => 'the id is "no"');
}
`,
    'packages/node/test/dummy-operation.test.ts': `import { expect, it } from 'vitest';
import { MemoryStore } from '../src/store/memory-store.ts';
import { openNode } from '../src/local/open-node.ts';
import { people, testGenesis } from './support/test-genesis.ts';

it('executes the operation', async () => {
  const [alice] = people(1);
  const { node } = await openNode({ store: new MemoryStore(), genesis: testGenesis([alice!]) });
  const txs = ['yes', 'no'].map((id, nonce) => alice!.sign({ kind: 'dummy', id }, BigInt(nonce)));
  const { block } = node.port.assemble({ transactions: txs, timestamp: node.lastAccepted().header.timestamp });
  node.port.verify(node.port.parseBlock(block.bytes));
  const { outcomes } = await node.port.accept(block.id);
  expect(outcomes.map(({ code }) => code)).toEqual(['', 'forbidden']);
});
`,
  },
  rows: [
    [
      'packages/core/src/tx/operations/operations.ts',
      'import { heartbeat }',
      "import { dummy } from './dummy.ts';\n",
    ],
    ['packages/core/src/tx/operations/operations.ts', '} as const;', '  dummy,\n'],
    ['packages/core/test/tx/operation-arbitrary.ts', '  heartbeat: { id },', '  dummy: { id },\n'],
    [
      'packages/core/src/execute/operations/handlers.ts',
      'import { processHeartbeat }',
      "import { processDummy } from './dummy.ts';\n",
    ],
    [
      'packages/core/src/execute/operations/handlers.ts',
      '  claimRewards: processClaimRewards,',
      '  dummy: processDummy,\n',
    ],
  ],
  test: 'packages/node/test/dummy-operation.test.ts',
  // The types that people sign stand there in full.
  snapshots: ['packages/sdk/test/wallet/typed-data.test.ts'],
};

const route = {
  kind: 'a route',
  files: {
    'packages/node/test/http/dummy-route.test.ts': `import { expect, it } from 'vitest';
import { startFixture } from './fixture.ts';

it('answers the typed client', async () => {
  const { client } = await startFixture();
  expect(await client.getDummy('a', { times: 3 })).toEqual({ text: 'aaa' });
});
`,
  },
  rows: [
    [
      'packages/sdk/src/routes/chain-routes.ts',
      '  getAccount: getRoute({',
      `  getDummy: getRoute({
    name: 'getDummy',
    path: '/dummies/:id',
    summary: 'The id, several times.',
    params: z.object({ id: z.string() }),
    query: z.object({ times: count(9).optional() }),
    response: z.object({ text: z.string() }),
  }),
`,
    ],
    [
      'packages/node/src/http/handlers/chain-reads.ts',
      '  getOpenapi:',
      '  getDummy: ({ params: { id }, query: { times = 1 } }) => ({ text: id.repeat(times) }),\n',
    ],
    [
      'packages/node/test/http/routes.test.ts',
      '  getProviders: async ({ client }) => {',
      `  getDummy: async ({ client }) => {
    expect(await client.getDummy('a', { times: 2 })).toEqual({ text: 'aa' });
  },
`,
    ],
  ],
  test: 'packages/node/test/http/dummy-route.test.ts',
};

const command = {
  kind: 'a command',
  files: {
    'packages/cli/src/commands/dummy.ts': `import type { Command } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';

/** \`aivm dummy\` */
export const createDummyCommand = (context: CliContext): Command =>
  createCommand('dummy', 'Says so.', 'aivm dummy').action((options: { json?: boolean }) => {
    outputFor(context, options).line('a dummy');
  });
`,
    'packages/cli/test/dummy-command.test.ts': `import { expect, it } from 'vitest';
import { runCli } from './spawn-cli.ts';

it('says so', async () => {
  expect(await runCli(['dummy'])).toMatchObject({ code: 0, stdout: 'a dummy\\n' });
}, 60_000);
`,
  },
  rows: [
    [
      'packages/cli/src/command-table.ts',
      '  {\n    name: DEMO.name,',
      `  {
    name: 'dummy',
    summary: 'says so',
    load: async (context) => (await import('./commands/dummy.ts')).createDummyCommand(context),
  },
`,
    ],
  ],
  test: 'packages/cli/test/dummy-command.test.ts',
};

const host = {
  kind: 'a host',
  files: {
    'packages/node/src/hosts/dummy/dummy-host.ts': `import type { HostFactory } from '../host.ts';

/** Makes a block of every transaction as soon as it comes. */
export const dummyHost = (): HostFactory => (port, { nowMs = Date.now }) => {
  let last: Promise<unknown> = Promise.resolve();
  const makeBlock = async (): Promise<void> => {
    if (!port.work().transactions) return;
    const block = port.propose(Math.floor(nowMs() / 1_000));
    port.verify(block);
    await port.accept(block.id);
  };
  let stop = (): void => undefined;
  return {
    kind: 'dummy',
    start: () => {
      stop = port.onTransaction(() => {
        last = last.then(makeBlock);
      });
    },
    stop: async () => {
      stop();
      await last;
    },
    health: () => ({ healthy: true, details: { host: 'dummy' } }),
  };
};
`,
  },
  rows: [
    [
      'packages/node/src/index.ts',
      'export {\n  EmbeddedHost,',
      "export { dummyHost } from './hosts/dummy/dummy-host.ts';\n",
    ],
    [
      'packages/node/test/hosts/hosts-under-test.ts',
      'const decidable = ',
      "const dummy = drivenByItself('the dummy host', dummyHost());\n\n",
    ],
    [
      'packages/node/test/hosts/hosts-under-test.ts',
      'import type { HostFactory',
      "import { dummyHost } from '../../src/hosts/dummy/dummy-host.ts';\n",
    ],
    [
      'packages/node/test/hosts/hosts-under-test.ts',
      '  [vmFacade,',
      '  [dummy, { decides: false, waits: false }],\n',
    ],
  ],
  test: 'packages/node/test/hosts/hosts.test.ts',
};

const modelClass = {
  kind: 'a class of models',
  files: {
    'packages/core/src/execute/models/dummy.ts': `import { CheckClass } from '../../state/records/model.ts';
import type { ModelClass } from './model-class.ts';
import { opaque } from './opaque.ts';

/** Models whose answers are always compared. */
export const dummy = {
  ...opaque,
  number: CheckClass.dummy,
  name: 'dummy',
  isComparable: () => true,
} as const satisfies ModelClass;
`,
    'packages/core/test/execute/dummy-class.test.ts': `import { expect, it } from 'vitest';
import { findModelClass, modelClassNamed } from '../../src/execute/models/model-classes.ts';

it('is found by number and by name', () => {
  const dummy = modelClassNamed('dummy');
  expect(dummy).toBeDefined();
  expect(findModelClass(dummy?.number ?? -1)).toBe(dummy);
  expect(dummy?.isComparable({ deterministic: false })).toBe(true);
});
`,
  },
  rows: [
    ['packages/core/src/state/records/model.ts', '} as const;\nexport type CheckClass', '  dummy: 3,\n'],
    [
      'packages/core/src/execute/models/model-classes.ts',
      'import { int8Graph }',
      "import { dummy } from './dummy.ts';\n",
    ],
    [
      'packages/core/src/execute/models/model-classes.ts',
      '] as const satisfies readonly ModelClass[];',
      ', dummy',
    ],
  ],
  test: 'packages/core/test/execute/dummy-class.test.ts',
};

export const ADDITIONS = [operation, host, modelClass, route, command];
