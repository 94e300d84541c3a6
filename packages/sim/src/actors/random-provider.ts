import { ProviderActor } from './provider-kit.ts';

/** Does anything: random answers of any size, errors, silence, now and then the right answer by chance or mistake. */
export const randomProvider = (id: string): ProviderActor =>
  new ProviderActor({
    kind: 'random-provider',
    isHonest: false,
    id,
    habits: {
      answer: ({ random }, _task, right) => {
        const draw = random.below(10);
        if (draw === 0) return undefined;
        if (draw < 5) return right;
        return random.bytes(draw === 5 ? right.length + 1 : right.length);
      },
      error: ({ random }) => (random.chance(150) ? 'out of memory' : ''),
      reveals: ({ random }) => !random.chance(200),
    },
  });
