import { type BlockHeader, blockId } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Client } from '@aivm/sdk';

/** Blocks that answers of one node may lie apart: requests overtake each other. */
const LAG_BLOCKS = 2;
/** Ids that are remembered, so that a block is asked about once. */
const IDS_MAX = 256;

/** Headers that every node that is asked has at their height. */
export interface AgreedHeads {
  /**
   * Resolves when all nodes name the block `id` at the header's height.
   * @throws AivmError `malformed` where they do not, `wrong_chain`, `unreachable` where a node is behind
   */
  accept(header: BlockHeader, id: Uint8Array): Promise<void>;
  /** The head of the first node, accepted. */
  getHead(): Promise<BlockHeader>;
}

/** The header that a node has at a height, and nothing else of the node's word. */
async function headerAt(client: Client, height: number | undefined): Promise<BlockHeader> {
  const query = height === undefined ? { limit: 1 } : { from: height, limit: 1 };
  const [block] = (await client.listBlocks(query)).blocks;
  if (block === undefined) throw new AivmError('malformed', `${client.url}: a chain without blocks`);
  if (height !== undefined && block.header.height < height) {
    throw new AivmError('unreachable', `${client.url} is behind: it has no block ${height} yet`);
  }
  return block.header;
}

/**
 * Heads that `client` and all `witnesses` agree on. A node that changes a fact contradicts itself, because a block's id
 * is a hash of its header and the header commits to the state; one that makes up a whole chain contradicts the
 * witnesses.
 */
export function createAgreedHeads(client: Client, witnesses: readonly Client[]): AgreedHeads {
  const agreed = new Map<string, Promise<void>>();
  let chainId: bigint | undefined;
  let highest = 0;

  const askAll = async (header: BlockHeader, id: Uint8Array): Promise<void> => {
    for (const one of [client, ...witnesses]) {
      const theirs = blockId(await headerAt(one, header.height));
      if (equalBytes(theirs, id)) continue;
      const shown = `0x${bytesToHex(theirs)}, not 0x${bytesToHex(id)}`;
      throw new AivmError('malformed', `${one.url}: block ${header.height} is ${shown}`);
    }
    chainId ??= header.chainId;
    if (header.chainId !== chainId) {
      throw new AivmError(
        'wrong_chain',
        `${client.url} serves chain ${header.chainId}, before it was ${chainId}`,
      );
    }
    highest = Math.max(highest, header.height);
  };

  const accept: AgreedHeads['accept'] = (header, id) => {
    const key = bytesToHex(id);
    if (header.height + LAG_BLOCKS < highest) {
      const shown = `it answers as of block ${header.height}, after block ${highest}`;
      return Promise.reject(new AivmError('unreachable', `${client.url} is behind: ${shown}`));
    }
    const known = agreed.get(key);
    if (known !== undefined) return known;
    if (agreed.size >= IDS_MAX) agreed.clear();
    const asking = askAll(header, id).catch((error: unknown) => {
      agreed.delete(key);
      throw error;
    });
    agreed.set(key, asking);
    return asking;
  };

  return {
    accept,
    getHead: async () => {
      const header = await headerAt(client, undefined);
      await accept(header, blockId(header));
      return header;
    },
  };
}
