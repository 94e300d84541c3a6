import type { Account } from '@aivm/sdk';
import type { ApiKey } from '../accounts/api-keys.ts';
import type { LedgerStore } from '../accounts/spending.ts';
import type { ProviderStreams } from '../tasks/address-guard.ts';

/** What is logged: one entry for each request and each failure of the gateway's own. */
export type GatewayLog = (entry: Readonly<Record<string, unknown>>) => void;

/** How a gateway serves. */
export interface GatewayOptions {
  /** Address of a node. */
  readonly node: string;
  /** Who pays, by the name that keys use. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly keys: readonly ApiKey[];
  /** In memory when left out. */
  readonly ledger?: LedgerStore | undefined;
  /** How far an answer must be where a request does not say: `posted` when left out. */
  readonly until?: 'posted' | 'usable' | 'final' | undefined;
  /** How long an answer is waited for, milliseconds [600,000]. */
  readonly timeoutMs?: number | undefined;
  /** Bytes of a request's body [1 MiB]. */
  readonly bodyBytesMax?: number | undefined;
  /** Requests of one key at once [64]. */
  readonly concurrencyMax?: number | undefined;
  /** Whose streams may be asked for pieces of an answer: `public` addresses when left out. */
  readonly providerStreams?: ProviderStreams | undefined;
  /** The gateway as clients reach it, for links; what a request names when left out. */
  readonly publicUrl?: string | undefined;
  readonly log?: GatewayLog | undefined;
  /** Milliseconds since 1970; days of limits follow it. */
  readonly nowMs?: (() => number) | undefined;
}
