import { statfs } from 'node:fs/promises';
import type { Check } from './finding.ts';

const NODE_LEAST = [20, 19] as const;
const GIB = 2 ** 30;
const FREE_GIB_LEAST = 2;
/** A chain refuses blocks further ahead than this; half of it is still good. */
const CLOCK_MS_MAX = 5_000;

const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1]);
};

/** What every part needs. */
export const surroundingChecks = (directory: string): readonly Check[] => [
  {
    part: 'Node',
    purpose: 'everything',
    look: async () => {
      const version = process.versions.node;
      if (isNewEnough(version))
        return { state: 'ok', found: `${version}, ${process.platform} ${process.arch}` };
      return { state: 'faulty', found: version, remedy: `install Node ${NODE_LEAST.join('.')} or newer` };
    },
  },
  {
    part: 'disk',
    purpose: 'chains, weights of networks',
    look: async () => {
      const { bavail, bsize } = await statfs(directory);
      const free = (bavail * bsize) / GIB;
      const found = `${free.toFixed(1)} GiB free below ${directory}`;
      if (free >= FREE_GIB_LEAST) return { state: 'ok', found };
      return { state: 'faulty', found, remedy: `free ${FREE_GIB_LEAST} GiB, or name another --data-dir` };
    },
  },
];

/** A node that somebody runs: whether it can be reached, is well, and shows this machine's time. */
export const nodeCheck = (url: string): Check => ({
  part: 'node',
  purpose: `what ${url} serves`,
  look: async () => {
    const { openClient } = await import('../connection.ts');
    const client = await openClient({ node: url });
    const [health, config] = await Promise.all([client.getHealth(), client.getConfig()]);
    const block = await client.getBlock(health.height);
    const behindMs = Date.now() - Number(block.timestamp) * 1_000;
    const found = `chain ${config.chain_id}, height ${health.height}${health.healthy ? '' : ', not well'}`;
    if (behindMs < -CLOCK_MS_MAX)
      return {
        state: 'faulty',
        found: `${found}; its last block is ${Math.round(-behindMs / 1_000)} s ahead of this machine's clock`,
        remedy: 'set the clock: one of the two is wrong',
      };
    return health.healthy
      ? { state: 'ok', found }
      : { state: 'faulty', found, remedy: `GET ${url}/health says why` };
  },
});
