import { fileURLToPath } from 'node:url';
import { readNetworkFiles } from '@aivm/backends';
import { describe, expect, it } from 'vitest';
import { summarizeNetwork } from '../src/network-summary.ts';

const headerOf = async (name: string) =>
  (await readNetworkFiles(fileURLToPath(new URL(`../../../models/${name}`, import.meta.url)))).header;

describe('the summary of a network', () => {
  it('counts parameters, work, trace and what a dispute takes', async () => {
    expect(summarizeNetwork(await headerOf('story'))).toMatchObject({
      form: 'decoder',
      operators: 165,
      parameters: 3_190_320,
      work: 2_649_940_224n,
      traceBytes: 24_262_656,
      depth: 9,
      exchanges: 4,
    });
    // 64·64 + 64·32 + 32·10
    expect(summarizeNetwork(await headerOf('digits'))).toMatchObject({ parameters: 6_464, depth: 1 });
  });

  it('bounds a witness as the rule of headers does', async () => {
    const header = await headerOf('story');
    const { witnessBytes } = summarizeNetwork(header);
    expect(witnessBytes).toBeGreaterThan(1_000);
    expect(witnessBytes).toBeLessThanOrEqual(40_960);
  });

  it('refuses what a chain refuses', async () => {
    const header = await headerOf('digits');
    expect(() => summarizeNetwork({ ...header, maxT: 2 })).toThrow('maxT is 2; it must be 1 for a map');
  });
});
