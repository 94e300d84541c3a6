import { createDevelopment, type Development } from '@aivm/sdk';
import { expect } from 'vitest';
import type { Fixture } from './fixture.ts';

/** The scenario's node has no host: development-chain.test.ts has one that makes blocks as it is told. */
const isRefused =
  (run: (chain: Development) => Promise<unknown>) =>
  async ({ client }: Fixture): Promise<void> => {
    await expect(run(createDevelopment(client))).rejects.toMatchObject({ code: 'not_supported' });
  };

/** Checks of the routes of a development chain. */
export const developmentChecks = {
  getDevelopment: isRefused((chain) => chain.state()),
  takeSnapshot: isRefused((chain) => chain.snapshot()),
  revertToSnapshot: isRefused((chain) => chain.revert(1)),
  mineBlocks: isRefused((chain) => chain.mine()),
  setTime: isRefused((chain) => chain.increaseTime(1)),
  setAutomine: isRefused((chain) => chain.setAutomine(false)),
  forwardTask: isRefused((chain) => chain.forward('t')),
  impersonate: isRefused((chain) => chain.sendAs(new Uint8Array(20).fill(1), { kind: 'heartbeat', id: 'p' })),
};
