import { ProviderActor } from './provider-kit.ts';

/** Commits like everybody and then does not show what to, so that a panel is short of a vote. */
export const withholdingReveal = (id: string): ProviderActor =>
  new ProviderActor({ kind: 'withholding-reveal', isHonest: false, id, habits: { reveals: () => false } });
