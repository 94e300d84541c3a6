import type { CommandEntry } from './command-entry.ts';
import { type CreateCommand, loadPrivateCommand } from './private-package.ts';

const DEMO = {
  name: 'demo',
  summary: 'the whole story on real data in one terminal: node, providers, a liar, a watcher',
  packageName: '@aivm/demo',
};
const SIM = {
  name: 'sim',
  summary: 'simulate the whole protocol, seed by seed',
  packageName: '@aivm/sim/command',
};

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: DEMO.name,
    summary: DEMO.summary,
    load: (context) =>
      loadPrivateCommand(DEMO, ({ createDemoCommand }: { createDemoCommand: CreateCommand }) =>
        createDemoCommand(context),
      ),
  },
  {
    name: 'devnet',
    summary: 'a development node with funded accounts',
    load: async (context) => (await import('./commands/devnet.ts')).createDevnetCommand(context),
  },
  {
    name: 'dev',
    summary: 'time, blocks and snapshots of a development chain',
    load: async (context) => (await import('./commands/dev.ts')).createDevCommand(context),
  },
  {
    name: 'node',
    summary: 'a production node on the embedded host',
    load: async (context) => (await import('./commands/node.ts')).createNodeCommand(context),
  },
  {
    name: 'snapshot',
    summary: 'take a snapshot of a chain; begin a data directory with one',
    load: async (context) => (await import('./commands/snapshot.ts')).createSnapshotCommand(context),
  },
  {
    name: 'backup',
    summary: 'copy the data directory of a node, also while it runs',
    load: async (context) => (await import('./commands/backup.ts')).createBackupCommand(context),
  },
  {
    name: 'restore',
    summary: 'make a data directory of a backup',
    load: async (context) => (await import('./commands/backup.ts')).createRestoreCommand(context),
  },
  {
    name: 'abci',
    summary: 'a node whose blocks CometBFT orders',
    load: async (context) => (await import('./commands/abci.ts')).createAbciCommand(context),
  },
  {
    name: 'cluster',
    summary: 'a network of CometBFT validators on this machine',
    load: async (context) => (await import('./commands/cluster.ts')).createClusterCommand(context),
  },
  {
    name: 'plugin',
    summary: 'the chain of a Lux or Avalanche node, which starts it; install it there',
    load: async (context) => (await import('./commands/plugin.ts')).createPluginCommand(context),
  },
  {
    name: 'provider',
    summary: 'register, bond and work; list and get read',
    load: async (context) => (await import('./commands/provider.ts')).createProviderCommand(context),
  },
  {
    name: 'watch',
    summary: 're-run every result and challenge what is wrong',
    load: async (context) => (await import('./commands/watch.ts')).createWatchCommand(context),
  },
  {
    name: 'gateway',
    summary: 'the OpenAI API over tasks of a chain; make its keys',
    load: async (context) => (await import('./commands/gateway.ts')).createGatewayCommand(context),
  },
  {
    name: 'task',
    summary: 'submit, get, list, wait',
    load: async (context) => (await import('./commands/task.ts')).createTaskCommand(context),
  },
  {
    name: 'model',
    summary: 'register, list; inspect and run integer networks',
    load: async (context) => (await import('./commands/model.ts')).createModelCommand(context),
  },
  {
    name: 'rewards',
    summary: 'stats, claim',
    load: async (context) => (await import('./commands/rewards.ts')).createRewardsCommand(context),
  },
  {
    name: 'account',
    summary: 'new, import, balance, send',
    load: async (context) => (await import('./commands/account.ts')).createAccountCommand(context),
  },
  {
    name: 'block',
    summary: 'get',
    load: async (context) => (await import('./commands/block.ts')).createBlockCommand(context),
  },
  {
    name: 'stats',
    summary: 'what the chain holds',
    load: async (context) => (await import('./commands/stats.ts')).createStatsCommand(context),
  },
  {
    name: 'receipt',
    summary: 'get, and verify a receipt file offline',
    load: async (context) => (await import('./commands/receipt.ts')).createReceiptCommand(context),
  },
  {
    name: 'anchor',
    summary: 'list; deploy the contract that keeps anchors on an EVM chain; verify a receipt there',
    load: async (context) => (await import('./commands/anchor.ts')).createAnchorCommand(context),
  },
  {
    name: 'dispute',
    summary: 'list, and show move by move',
    load: async (context) => (await import('./commands/dispute.ts')).createDisputeCommand(context),
  },
  {
    name: 'attest',
    summary: 'verify hardware evidence offline',
    load: async (context) => (await import('./commands/attest.ts')).createAttestCommand(context),
  },
  {
    name: 'conformance',
    summary: 'run the golden vectors against a kernel backend',
    load: async (context) => (await import('./commands/conformance.ts')).createConformanceCommand(context),
  },
  {
    name: 'bench',
    summary: 'measure this machine',
    load: async (context) => (await import('./commands/bench.ts')).createBenchCommand(context),
  },
  {
    name: SIM.name,
    summary: SIM.summary,
    load: (context) =>
      loadPrivateCommand(SIM, ({ createSimCommand }: { createSimCommand: CreateCommand }) =>
        createSimCommand(context),
      ),
  },
  {
    name: 'verify-db',
    summary: 'replay a data directory and compare every root',
    load: async (context) => (await import('./commands/verify-db.ts')).createVerifyDbCommand(context),
  },
  {
    name: 'doctor',
    summary: 'what this machine has, what is missing, and how to get it',
    load: async (context) => (await import('./commands/doctor.ts')).createDoctorCommand(context),
  },
  {
    name: 'config',
    summary: 'the schema of configuration files; check one',
    load: async (context) => (await import('./commands/config.ts')).createConfigCommand(context, COMMANDS),
  },
  {
    name: 'completion',
    summary: 'the completion of this program for bash, zsh or fish',
    load: async (context) =>
      (await import('./commands/completion.ts')).createCompletionCommand(context, COMMANDS),
  },
  {
    name: 'version',
    summary: 'the version of the virtual machine',
    load: async (context) => (await import('./commands/version.ts')).createVersionCommand(context),
  },
];
