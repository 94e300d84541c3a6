import { errorRecord, type Log } from '../../log.ts';
import type { PluginChain } from './plugin-chain.ts';

/** Why a plugin ended: its node told it to, or is gone, or this process stopped it. */
export type PluginEnd = 'shutdown' | 'node-gone' | 'stopped';

/** A chain that a node of another network drives, in this process. */
export interface Plugin {
  /** `127.0.0.1:port`, where the node finds it. */
  readonly address: string;
  /** Resolves when everything is closed, for whatever reason. */
  readonly ended: Promise<PluginEnd>;
  /** Closes everything, whatever the node wants. Idempotent. */
  stop(): Promise<void>;
}

/** How a plugin finds out that its node is gone without having said so. */
export interface NodeWatchOptions {
  /** The process that started this one; it becomes another one when it ends. Default: the platform's answer. */
  readonly parentPid?: (() => number) | undefined;
  readonly everyMs?: number | undefined;
}

/** What a plugin is made of. */
export interface PluginOptions {
  readonly chain: PluginChain;
  /** `host:port` of the node that started this process, from its environment. Left out: nobody is told. */
  readonly engineAddress?: string | undefined;
  /** Of the wire format; it must be the node's. Default: 42 for Lux, 45 for Avalanche. */
  readonly protocolVersion?: number | undefined;
  readonly log?: Log | undefined;
  readonly watch?: NodeWatchOptions | undefined;
}

const EVERY_MS = 500;

/** Calls `onGone` once when the process that started this one has ended. Returns how to stop. */
export function watchNode(
  onGone: () => void,
  { parentPid = () => process.ppid, everyMs = EVERY_MS }: NodeWatchOptions = {},
): () => void {
  const first = parentPid();
  const timer = setInterval(() => {
    if (parentPid() === first) return;
    clearInterval(timer);
    onGone();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Runs `end` once, at the first reason that comes, and remembers it. */
export class PluginLife {
  readonly ended: Promise<PluginEnd>;
  readonly #end: (reason: PluginEnd) => Promise<void>;
  readonly #log: Log;
  #resolve: (reason: PluginEnd) => void = () => undefined;
  #isEnding = false;

  constructor(end: (reason: PluginEnd) => Promise<void>, { log }: { readonly log: Log }) {
    this.#end = end;
    this.#log = log;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Resolves when everything is closed. */
  async end(reason: PluginEnd): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      if (reason === 'node-gone') this.#log.warn({}, 'plugin: its node is gone; the chain is closed');
      try {
        await this.#end(reason);
      } catch (error) {
        this.#log.error({ error: errorRecord(error) }, 'plugin: not everything was closed');
      }
      this.#resolve(reason);
    }
    await this.ended;
  }
}
