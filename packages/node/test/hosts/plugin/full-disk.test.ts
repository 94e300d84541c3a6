import { describe, expect, it, onTestFinished } from 'vitest';
import { startAvalanchePlugin } from '../../../src/hosts/avalanche/avalanche-plugin.ts';
import { startLuxPlugin } from '../../../src/hosts/lux/lux-plugin.ts';
import { AvalancheNode } from '../../support/avalanche-node.ts';
import { type Fault, FaultyStore } from '../../support/faulty-store.ts';
import { LuxNode } from '../../support/lux-node.ts';
import { KeptStore } from '../host-compliance.ts';
import { ANYWHERE, startTestPlugin } from './plugin-under-test.ts';

const KINDS = {
  lux: { start: startLuxPlugin, Node: LuxNode },
  avalanche: { start: startAvalanchePlugin, Node: AvalancheNode },
} as const;
const CASES = (Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap((kind) =>
  (['before', 'after'] as const).map((fault) => [kind, fault] as const),
);

describe('a disk that fails at a commit', () => {
  it.each(CASES)(
    'under %s, %s the batch: the node is told, and a restart has the block or can take it',
    async (kind, fault: Fault) => {
      const { start, Node } = KINDS[kind];
      const disk = new KeptStore();
      const store = new FaultyStore(disk);
      const open = async (on: KeptStore | FaultyStore) => {
        const under = await startTestPlugin(start, { store: on });
        const node = new Node(under.plugin.address);
        onTestFinished(() => node.close());
        return { ...under, node, last: await node.initialize(ANYWHERE) };
      };
      const { node, pay, log, plugin, last } = await open(store);
      pay();
      const block = await node.buildBlock();
      await node.verify(block.bytes);
      store.nextFault = fault;
      await expect(node.accept(block.id)).rejects.toMatchObject({ code: 'internal' });
      await expect(node.accept(block.id)).rejects.toThrow('restart the node');
      expect(log.text).toContain('a call failed');
      const health = await node.health().catch((error: Error) => error.message);
      expect(health).toEqual(
        kind === 'lux'
          ? expect.objectContaining({ healthy: false })
          : expect.stringContaining('"healthy":false'),
      );
      // What is there is still read.
      expect((await node.getBlock(last.id))?.bytes).toEqual(last.bytes);
      await node.shutdown();
      expect(await plugin.ended).toBe('shutdown');
      const again = await open(disk);
      expect(again.last.id).toEqual(fault === 'before' ? last.id : block.id);
      await again.node.verify(block.bytes);
      await again.node.accept(block.id);
      expect(again.height()).toBe(1);
    },
  );
});
