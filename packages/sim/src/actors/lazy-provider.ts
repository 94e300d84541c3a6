import { ProviderStatus } from '@aivm/core/state';
import { ProviderActor } from './provider-kit.ts';

/** Never computes: it posts zeros and hopes that nobody looks. Convicted, it tries to register again. */
export const lazyProvider = (id: string, joinsAfter = 0): ProviderActor =>
  new ProviderActor({
    kind: 'lazy-provider',
    isHonest: false,
    id,
    joinsAfter,
    habits: {
      answer: (view, _task, right) => {
        view.note('lie');
        return new Uint8Array(right.length);
      },
      also: (view, provider, me) => {
        if (provider.status !== ProviderStatus.slashed || view.round % 25 !== 0) return;
        view.submit(me, {
          kind: 'registerProvider',
          id: `${id}.again`,
          walletAddress: me.address,
          endpoint: 'sim:',
          gpus: [],
          models: [],
          bond: view.config.minProviderBond,
        });
      },
    },
  });
