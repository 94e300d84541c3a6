import { challengeCopier } from '../actors/challenge-copier.ts';
import { garbageSender } from '../actors/garbage-sender.ts';
import { maliciousNode } from '../actors/malicious-node.ts';
import { poisoner } from '../actors/poisoner.ts';
import { repeatingProxy } from '../actors/repeating-proxy.ts';
import { shippedLiar, shippedProvider } from '../actors/shipped/shipped-provider.ts';
import { shippedRequester } from '../actors/shipped/shipped-requester.ts';
import { shippedWatcher } from '../actors/shipped/shipped-watcher.ts';
import { weightsOwner } from '../actors/weights-owner.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Shipping programs on a node that lies and behind a proxy that repeats, with what people do to their tasks. */
export const shippingMalice: Scenario = {
  name: 'shipping-malice',
  summary:
    'shipping programs on a lying node and behind a repeating proxy; poisoned and garbage tasks, changing weights',
  plan: (random) => {
    const proxy = repeatingProxy(random.between(100, 400));
    const node = maliciousNode(random.between(20, 80));
    return {
      config: { challengeWindowBlocks: 30, taskTimeout: '40s' },
      params: { maxDeadlineBlocks: 120, revealBlocks: 30 },
      nodeCount: 2,
      conditions: CALM,
      guarantees: { watched: true, timely: false },
      actors: [
        proxy,
        node,
        shippedProvider('h-1', { between: proxy.between }),
        shippedProvider('h-2', { between: node.between }),
        shippedProvider('h-3'),
        shippedRequester({
          name: 'r-1',
          per100Rounds: random.between(25, 35),
          redundantPerMille: 50,
          between: proxy.between,
        }),
        shippedWatcher('w-1'),
        shippedWatcher('w-2', { between: node.between }),
        shippedLiar('liar-1', () => true),
        weightsOwner('o-1'),
        challengeCopier('c-1'),
        poisoner('p-1'),
        garbageSender('g-1', 60),
      ],
    };
  },
};
