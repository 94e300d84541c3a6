import { bytesToHex } from '@aivm/core/bytes';
import { embeddedHost } from '@aivm/node';
import { createClient } from '@aivm/sdk';
import { type Output, startCluster, startNode } from 'aivm';

/** Who orders the blocks of a story: this process alone, or four validators. */
export type StoryHost = 'embedded' | 'cometbft';

const VALIDATORS = 4;
const RESTART_AFTER_MS = 2_000;

/** A chain that a story plays on. */
export interface StoryChain {
  /** Of the HTTP interfaces of its nodes. */
  readonly urls: readonly string[];
  /** Of the first node. */
  readonly dataDirectory: string;
  /** Says that all nodes have one block at a height. @throws Error where they have not. */
  agreeAt(height: number): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}

interface StoryChainOptions {
  readonly host?: StoryHost | undefined;
  readonly genesis: string;
  readonly dataDirectory: string;
  readonly blockTimeMs: number;
}

interface Around {
  readonly output: Output;
  readonly signal: AbortSignal;
}

async function startValidators(options: StoryChainOptions, { output, signal }: Around): Promise<StoryChain> {
  const { genesis, dataDirectory: directory, blockTimeMs } = options;
  const cluster = await startCluster({
    ...{ directory, validators: VALIDATORS, genesis, blockTimeMs, signal },
    restartAfterMs: RESTART_AFTER_MS,
    env: process.env,
    report: (text) => output.note(text),
  });
  const { urls, dataDirectories } = cluster;
  output.line(`${urls.length} validators on CometBFT at ${urls.join(', ')}, data in ${directory}`);
  return {
    urls,
    dataDirectory: dataDirectories[0] ?? directory,
    agreeAt: async (height) => {
      const blocks = await Promise.all(urls.map((url) => createClient({ url }).getBlock(height)));
      const ids = new Set(blocks.map(({ hash }) => bytesToHex(hash)));
      if (ids.size > 1) throw new Error(`different blocks at height ${height}: ${[...ids].join(', ')}`);
      output.line(`All ${urls.length} validators have block 0x${[...ids].join()} at height ${height}`);
    },
    stop: cluster.stop,
  };
}

/** Starts a chain of the story's own. @throws AivmError where it cannot; InterruptedError. */
export async function startStoryChain(options: StoryChainOptions, around: Around): Promise<StoryChain> {
  if (options.host === 'cometbft') return startValidators(options, around);
  const { genesis, dataDirectory, blockTimeMs } = options;
  const node = await startNode({
    genesis,
    dataDirectory,
    port: 0,
    host: embeddedHost({ mode: 'interval', blockTimeMs }),
    isDevelopment: false,
  });
  around.output.line(`Node at ${node.url}, chain in ${dataDirectory}`);
  around.output.line(`Watch it while it plays: ${node.explorerUrl}`);
  return { urls: [node.url], dataDirectory, agreeAt: async () => undefined, stop: () => node.stop() };
}
