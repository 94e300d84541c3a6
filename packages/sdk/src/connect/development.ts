import type { Client } from '../client/create-client.ts';
import type { RouteAnswer } from '../routes/define-route.ts';
import type { Routes } from '../routes/routes.ts';
import type { DevelopmentState } from '../schemas/development.ts';
import { completeOperation, type OperationInput } from '../sender/operation-defaults.ts';

/** How long the node may take to make blocks. */
const MINING_MS = 600_000;

/** Time and blocks of a development chain. Everything but `snapshot` and `sendAs` answers where the chain stands then. */
export interface Development {
  state(): Promise<DevelopmentState>;
  /** Remembers the chain as it is, until the node stops. */
  snapshot(): Promise<RouteAnswer<Routes['takeSnapshot']>>;
  /** Goes back to a snapshot; it, later ones and what waits in the pool are gone. @throws AivmError `not_found` */
  revert(snapshot: number): Promise<DevelopmentState>;
  /** Makes blocks at once [1], each `seconds` [0] after the one before. */
  mine(blocks?: number, options?: { readonly seconds?: number }): Promise<DevelopmentState>;
  /** Sets the time of the next block, seconds since 1970. @throws AivmError `out_of_range` before the last block */
  setTime(timestamp: number): Promise<DevelopmentState>;
  /** Adds seconds to the time of the next block. */
  increaseTime(seconds: number): Promise<DevelopmentState>;
  /** Whether blocks are made by themselves. */
  setAutomine(enabled: boolean): Promise<DevelopmentState>;
  /** Makes blocks until the window of a task's result, or its deadline, is over. @throws AivmError `wrong_state` once it ended */
  forward(task: string): Promise<DevelopmentState>;
  /** Carries an operation as if an account had signed it. A `code` says why it took no effect. */
  sendAs(from: Uint8Array, operation: OperationInput): Promise<RouteAnswer<Routes['impersonate']>>;
}

/**
 * What a development chain (`aivm devnet`) lets its user do; another chain answers `not_supported`.
 * @example
 * const chain = createDevelopment(createClient({ url: 'http://127.0.0.1:9650' }));
 * // const { snapshot } = await chain.snapshot(); … await chain.revert(snapshot);
 * typeof chain.mine // 'function'
 */
export function createDevelopment(client: Pick<Client, 'call'>): Development {
  const slow = { timeoutMs: MINING_MS };
  return {
    state: () => client.call('getDevelopment', {}),
    snapshot: () => client.call('takeSnapshot', { body: {} }),
    revert: (snapshot) => client.call('revertToSnapshot', { body: { snapshot } }, slow),
    mine: (blocks = 1, { seconds = 0 } = {}) =>
      client.call('mineBlocks', { body: { blocks, seconds } }, slow),
    setTime: (timestamp) => client.call('setTime', { body: { timestamp } }),
    increaseTime: (seconds) => client.call('setTime', { body: { seconds } }),
    setAutomine: (enabled) => client.call('setAutomine', { body: { enabled } }),
    forward: (task) => client.call('forwardTask', { body: { task } }, slow),
    sendAs: (from, operation) =>
      client.call('impersonate', { body: { from, operation: completeOperation(operation) } }, slow),
  };
}
