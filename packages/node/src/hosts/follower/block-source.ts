import type { BlockHeader } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { type BlockBytes, type ChainIdentity, type Client, createClient } from '@aivm/sdk';
import type { BlockTip, HostPort } from '../host.ts';

/** Blocks of one request; the source gives fewer where they are long. */
export const BLOCKS_AT_ONCE = 256;
/** What a request may take beside its wait. Whoever sends more slowly counts as away. */
const REQUEST_MS = 20_000;

/** Why a follower goes no further: what it was given is not the chain that it verified. */
export class Divergence extends AivmError {}

/** How a source is asked. */
export interface AskOptions {
  readonly count: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** One node that a follower gets blocks from. Nothing that it says is believed. */
export class BlockSource {
  readonly url: string;
  readonly client: Client;
  /** The height that it named last. */
  height: number | undefined;

  /** @throws AivmError `malformed` for no http or https address. */
  constructor(url: string, chain: ChainIdentity, fetchWith?: typeof fetch) {
    try {
      this.client = createClient({
        url,
        chain,
        retriesMax: 0,
        ...(fetchWith === undefined ? {} : { fetch: fetchWith }),
      });
    } catch (cause) {
      throw new AivmError('malformed', `source ${JSON.stringify(url)}: write http://HOST:PORT`, { cause });
    }
    this.url = this.client.url;
  }

  /**
   * Blocks from a height on.
   * @throws AivmError `unreachable`, `timeout`, `too_large`, `malformed`: it gave none; `wrong_chain`.
   */
  async blocksFrom(height: number, { count, waitMs, signal }: AskOptions): Promise<BlockBytes> {
    const answer = await this.client.getBlockBytes(
      height,
      { count, wait: waitMs },
      { timeoutMs: waitMs + REQUEST_MS, signal },
    );
    if (answer.blocks.length > count) {
      throw new AivmError(
        'malformed',
        `${this.url}: ${answer.blocks.length} blocks where ${count} were asked for`,
      );
    }
    this.height = answer.head.height;
    return answer;
  }

  /** A block's header, for a report; undefined where it gives none. */
  async headerAt(height: number, signal: AbortSignal): Promise<BlockTip | undefined> {
    try {
      const { hash, header } = await this.client.getBlock(height, { timeoutMs: REQUEST_MS, signal });
      return { id: hash, header };
    } catch {
      return undefined;
    }
  }
}

const show = (id: Uint8Array): string => `0x${bytesToHex(id)}`;

/** A header in one line of a report. */
const showTip = ({ id, header }: { readonly id: Uint8Array; readonly header?: BlockHeader | undefined }) =>
  header === undefined
    ? `block ${show(id)}`
    : `block ${show(id)} (parent ${show(header.parentId)}, time ${header.timestamp}, state root ${show(header.stateRoot)})`;

/** Where source and node have different blocks: the height, and the source's id there. */
interface Fork {
  readonly height: number;
  readonly theirs: Uint8Array;
}

/**
 * Holds what a source says of its history against this node's block at `height`.
 * @param answer what it answered to a request for blocks from `height` + 1 on
 * @throws AivmError `unreachable` where it cannot help: its history ends or begins elsewhere
 */
function findFork(
  port: HostPort,
  url: string,
  height: number,
  { head, parent }: BlockBytes,
): Fork | undefined {
  const place = Math.min(height, head.height);
  const theirs = place === height ? parent : head.id;
  if (theirs === undefined) {
    throw new AivmError('unreachable', `${url}: it is at height ${head.height} and has no block ${height}`);
  }
  const own = port.blocks.getBlockId(place);
  if (own !== undefined && !equalBytes(own, theirs)) return { height: place, theirs };
  if (place === height) return undefined;
  throw new AivmError('unreachable', `${url}: it is at height ${head.height}, below this node's ${height}`);
}

/**
 * @param asked.answer what the source answered to a request for blocks from one above `height` on
 * @throws Divergence with both headers where it has another history up to there; AivmError where it cannot help.
 */
export async function assertOneHistory(
  port: HostPort,
  source: BlockSource,
  {
    height: own,
    answer,
    signal,
  }: { readonly height: number; readonly answer: BlockBytes; readonly signal: AbortSignal },
): Promise<void> {
  const fork = findFork(port, source.url, own, answer);
  if (fork === undefined) return;
  const { height, theirs } = fork;
  const block = port.blocks.getBlock(height)?.block;
  const other = await source.headerAt(height, signal);
  // What it shows now may be a third one: the id that it named is what counts.
  const header = other !== undefined && equalBytes(other.id, theirs) ? other.header : undefined;
  throw new Divergence(
    'block_invalid',
    `a fork at height ${height}: ${source.url} has ${showTip({ id: theirs, header })}, this node ${block === undefined ? 'another' : showTip(block)}`,
  );
}
