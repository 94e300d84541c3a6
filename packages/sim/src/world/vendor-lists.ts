import { CollateralKind } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { makeList, type TestCertificate, type TestKey } from '@aivm/test-authority';
import { serialOf, VENDOR_UNTIL, vendor } from './hardware.ts';
import { SIM_TIMESTAMP } from './sim-chain.ts';

/** A revocation list of the vendor. */
export interface PublishedList {
  readonly operation: OperationOf<'submitCollateral'>;
  /** Issue date, and the last second at which it counts. */
  readonly date: number;
  readonly until: number;
  readonly revoked: readonly number[];
}

/** The machine that loses the vendor's trust in the middle of every run. */
export const REVOKED_MACHINE = 'revoked';

interface Contents {
  /** Seconds after genesis. */
  readonly at: number;
  readonly revoked: readonly string[];
  readonly key?: TestKey;
}

function listOf(issuer: TestCertificate, { at, revoked: names, key }: Contents): PublishedList {
  const [date, until] = [SIM_TIMESTAMP + at, VENDOR_UNTIL];
  const revoked = names.map(serialOf);
  const body = makeList({ issuer, revoked, from: date, until, ...(key === undefined ? {} : { key }) });
  const operation = {
    kind: 'submitCollateral',
    documentKind: CollateralKind.revocationList,
    body,
    signature: new Uint8Array(),
    chain: [issuer.der, vendor().root.der],
  } as const;
  return { operation: { ...operation, chain: [...operation.chain] }, date, until, revoked };
}

let lists: readonly PublishedList[] | undefined;

/** Every list of a run, in order of issue: nobody is revoked, then one machine is, then the list is only renewed. */
export function publishedLists(): readonly PublishedList[] {
  const { authority } = vendor();
  lists ??= [
    listOf(authority, { at: 0, revoked: [] }),
    listOf(authority, { at: 110, revoked: [REVOKED_MACHINE] }),
    listOf(authority, { at: 220, revoked: [REVOKED_MACHINE] }),
  ];
  return lists;
}

let forged: PublishedList | undefined;

/** A list that revokes nothing, newer than all others, signed by a key that is not the authority's. */
export function forgedList(): PublishedList {
  const { authority, root } = vendor();
  forged ??= listOf(authority, { at: 230, revoked: [], key: root.key });
  return forged;
}
