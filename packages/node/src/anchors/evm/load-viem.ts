import { AivmError } from '@aivm/core/errors';

/** The Ethereum client library, an optional peer: only who anchors on an EVM chain needs it. */
export async function loadViem(): Promise<typeof import('viem')> {
  return import('viem').catch((cause: unknown) => {
    throw new AivmError(
      'not_supported',
      'anchoring on an EVM chain needs the package viem: npm install viem',
      {
        cause,
      },
    );
  });
}

/** @throws as {@link loadViem} */
export async function loadViemAccounts(): Promise<typeof import('viem/accounts')> {
  await loadViem();
  return import('viem/accounts');
}
