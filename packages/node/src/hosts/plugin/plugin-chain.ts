import type { StatelessBlock } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError, ErrNotInitialized } from '@aivm/core/errors';
import { type Log, silentLog } from '../../log.ts';
import type { HostPort } from '../host.ts';
import type { Block } from '../vm/block.ts';
import { Version, versionText } from '../vm/version.ts';
import type { VM } from '../vm/vm.ts';
import type { CallOptions, HttpHandler, InitializeOptions } from '../vm/vm-options.ts';
import type { PluginConfig } from './plugin-config.ts';

/** What a node says when it starts a chain, in whatever wire format. */
export interface ChainStart {
  readonly networkId: number;
  /** The chain's own directory, absolute. */
  readonly chainDataDir: string;
  /** A genesis file's bytes. */
  readonly genesis: Uint8Array;
  /** JSON; may be empty. */
  readonly config: Uint8Array;
}

/** A block as wire formats carry it. Time in seconds. */
export interface BlockView {
  readonly id: Uint8Array;
  readonly parentId: Uint8Array;
  readonly bytes: Uint8Array;
  readonly height: number;
  readonly timestamp: number;
}

/** Where a chain is opened, and how. */
export type OpenPlace = (start: ChainStart, config: PluginConfig) => InitializeOptions;

export interface PluginChainDependencies {
  /** Called once, when a chain is wanted: loading a VM takes longer than a node waits for its plugin. */
  readonly makeVM: () => Promise<VM>;
  readonly log?: Log | undefined;
  /** Default: the chain's directory. */
  readonly open?: OpenPlace | undefined;
}

const ID_BYTES = 32;
/** A list of ancestors ends there, whatever was asked for: every wire format carries it. */
const ANCESTORS_BYTES_MAX = 8 * 1024 * 1024;
const ANCESTORS_MAX = 4_096;

/** In the directory that the node gave. The node itself forwards what comes over HTTP, and names its clients. */
const openInDirectory: OpenPlace = ({ chainDataDir, genesis, networkId }, { chain }) => {
  if (!chainDataDir.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(chainDataDir)) {
    throw new AivmError(
      'config_refused',
      `the chain's data directory: expected an absolute path, got "${chainDataDir}"`,
    );
  }
  return { dataDir: chainDataDir, genesis, config: chain, networkId, trustedProxies: ['127.0.0.1', '::1'] };
};

const viewOf = ({ id, header, bytes }: Pick<StatelessBlock, 'id' | 'header' | 'bytes'>): BlockView => ({
  id,
  parentId: header.parentId,
  bytes,
  height: header.height,
  timestamp: header.timestamp,
});

const shown = (block: Block): BlockView => ({
  id: block.id(),
  parentId: block.parent(),
  bytes: block.bytes(),
  height: Number(block.height()),
  timestamp: block.timestamp().getTime() / 1_000,
});

/** One chain as nodes of other networks drive it: the calls of the VM façade, by id and by bytes alone. */
export class PluginChain {
  readonly #makeVM: () => Promise<VM>;
  readonly #log: Log;
  readonly #open: OpenPlace;
  #making: Promise<VM> | undefined;
  #vm: VM | undefined;
  #isShutDown = false;
  #config: PluginConfig = {};

  constructor({ makeVM, log = silentLog, open = openInDirectory }: PluginChainDependencies) {
    this.#makeVM = makeVM;
    this.#log = log;
    this.#open = open;
  }

  /** What `initialize` was given. */
  get config(): PluginConfig {
    return this.#config;
  }

  /** Gives the last accepted block. @throws AivmError why there is no chain; it may be tried again. */
  async initialize(start: ChainStart): Promise<BlockView> {
    const { parsePluginConfig } = await import('./plugin-config.ts');
    const config = parsePluginConfig(start.config);
    if (config.chain !== undefined) {
      this.#log.warn(
        { members: Object.keys(config.chain) },
        'the node gives a configuration to a genesis that has none: every node must give the same',
      );
    }
    this.#making ??= this.#makeVM().catch((error: unknown) => {
      this.#making = undefined;
      throw error;
    });
    const vm = await this.#making;
    // A shutdown came meanwhile.
    if (this.#isShutDown) throw new ErrNotInitialized('the plugin is shut down');
    this.#vm = vm;
    await vm.initialize(this.#open(start, config));
    this.#config = config;
    const last = this.lastAccepted();
    this.#log.info(
      { height: last.height, block: bytesToHex(last.id), dataDir: start.chainDataDir },
      'plugin: chain is open',
    );
    return last;
  }

  lastAccepted(): BlockView {
    const { id } = this.#port().lastAccepted();
    const block = this.get(id);
    if (block === undefined) throw new Error('the last accepted block is not in the store');
    return block;
  }

  /** `state` in the numbers of `VMState`. Gives the last accepted block. */
  async setState(state: number): Promise<BlockView> {
    await this.#require().setState(state);
    return this.lastAccepted();
  }

  /** @throws AivmError `wrong_state` when there is nothing to make a block for. */
  async build(options?: CallOptions): Promise<BlockView> {
    return shown(await this.#require().buildBlock(options));
  }

  /** @throws AivmError `malformed`, `too_large`, `bad_signature`. */
  async parse(bytes: Uint8Array): Promise<BlockView> {
    return shown(await this.#require().parseBlock(bytes));
  }

  get(id: Uint8Array): BlockView | undefined {
    const port = this.#port();
    const block = id.length === ID_BYTES ? port.findBlock(id) : undefined;
    return block && viewOf(block);
  }

  idAtHeight(height: bigint): Uint8Array | undefined {
    const port = this.#port();
    if (height > BigInt(port.lastAccepted().header.height)) return undefined;
    return port.blocks.getBlockId(Number(height));
  }

  /** The bytes of a block and of those below it, newest first; none where it is not known. Bounds are of nodes, and hold at least one. */
  ancestors(
    id: Uint8Array,
    bounds: { readonly count: number; readonly bytes: number; readonly timeMs: number },
  ): Uint8Array[] {
    const until = performance.now() + bounds.timeMs;
    const bytesMax = Math.min(bounds.bytes, ANCESTORS_BYTES_MAX);
    const found: Uint8Array[] = [];
    let size = 0;
    for (let block = this.get(id); block !== undefined; block = this.get(block.parentId)) {
      // As nodes count: each with the four bytes of its length.
      size += block.bytes.length + 4;
      if (found.length > 0 && (size > bytesMax || performance.now() > until)) break;
      found.push(block.bytes);
      if (found.length >= Math.min(bounds.count, ANCESTORS_MAX) || block.height === 0) break;
    }
    return found;
  }

  /** @throws AivmError `not_found` unless the block is verified or the last accepted one. */
  async setPreference(id: Uint8Array): Promise<void> {
    await this.#require().setPreference(assertId(id));
  }

  /** Twice is once. @throws AivmError `block_invalid` and why the bytes are no block. */
  async verify(bytes: Uint8Array): Promise<BlockView> {
    const block = await this.#require().parseBlock(bytes);
    await block.verify();
    return shown(block);
  }

  /** Durable once it resolves. Twice is once. @throws AivmError `not_found` unless verified, `wrong_state`. */
  async accept(id: Uint8Array): Promise<void> {
    const port = this.#port();
    const block = port.findBlock(assertId(id));
    if (block !== undefined && port.blockStatus(block) === 'accepted') return;
    await port.accept(id);
  }

  /** Twice is once. @throws AivmError `wrong_state` when it is accepted. */
  async reject(id: Uint8Array): Promise<void> {
    this.#port().reject(assertId(id));
  }

  /** Resolves when a block should be built. @throws AivmError `not_initialized` when the chain ends meanwhile. */
  async waitForEvent(options?: CallOptions): Promise<number> {
    return this.#require().waitForEvent(options);
  }

  /** Whether the chain works, with facts, as JSON. */
  async health(): Promise<{ readonly healthy: boolean; readonly json: string }> {
    const { healthy, details } = await this.#require().healthCheck();
    return { healthy, json: JSON.stringify({ healthy, ...details }) };
  }

  version(): string {
    return versionText(Version);
  }

  async connected(nodeId: Uint8Array): Promise<void> {
    return this.#require().connected(nodeId);
  }

  async disconnected(nodeId: Uint8Array): Promise<void> {
    return this.#require().disconnected(nodeId);
  }

  /** What answers HTTP below `/rpc`. @throws AivmError `not_initialized`. */
  async handler(): Promise<HttpHandler> {
    return this.#require().newHTTPHandler();
  }

  /** Flushes, ends every wait, closes the store. Idempotent, and fine before `initialize`. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.#vm?.shutdown();
  }

  #require(): VM {
    if (this.#vm === undefined) throw new ErrNotInitialized();
    return this.#vm;
  }

  #port(): HostPort {
    return this.#require().node().port;
  }
}

function assertId(id: Uint8Array): Uint8Array {
  if (id.length === ID_BYTES) return id;
  throw new AivmError('malformed', `block id: expected ${ID_BYTES} bytes, got ${id.length}`);
}
