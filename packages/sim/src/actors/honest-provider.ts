import { ProviderActor } from './provider-kit.ts';

/** Registers, answers every task at once and rightly, commits and reveals, shows that it is there, claims its rewards. */
export const honestProvider = (id: string, gpuCount = 3): ProviderActor =>
  new ProviderActor({ kind: 'honest-provider', isHonest: true, id, gpuCount });
