import { AivmError } from '@aivm/core/errors';
import type { Genesis } from '@aivm/core/execute';
import type { Operation } from '@aivm/core/tx';
import type { View } from '../actors/actor.ts';
import type { Cluster } from '../world/cluster.ts';
import { type Identity, signBytes } from '../world/identity.ts';
import type { RoundInfo } from '../world/round.ts';
import type { SharedWork } from '../world/shared-work.ts';
import type { SimNode } from '../world/sim-node.ts';
import { type Counters, count } from './tally.ts';

/** What no pool took waits for a proposer that includes anything; more than this is forgotten, oldest first. */
const SNEAKED_MAX = 64;

/** What an actor's turn takes place in. */
interface Stage {
  readonly genesis: Genesis;
  readonly cluster: Cluster;
  readonly counters: Counters;
  readonly shared: SharedWork;
}

/** An actor's turn at its node. */
export function createView(
  stage: Stage,
  node: SimNode,
  seen: RoundInfo & Pick<View, 'events' | 'transactions'>,
): View {
  const { genesis, cluster, counters, shared } = stage;
  const { chainId, config, params } = genesis;
  const state = node.node.state();
  const { genesisHash } = node.node;
  const { id, header } = node.node.lastAccepted();
  const nextNonce = ({ address }: Identity): bigint => node.node.nextNonce(address);
  const sign: View['sign'] = (identity, operation, at) =>
    signBytes({ chainId, genesisHash, expiry: 0n, ...at, operation }, identity);
  const send = (bytes: Uint8Array): string => {
    const code = cluster.submit(node, bytes, seen.nowMs);
    if (code !== '') count(counters.codes, code);
    return code;
  };
  return {
    ...seen,
    state,
    head: { id, height: header.height },
    timestamp: header.timestamp,
    config,
    params,
    chainId,
    genesisHash,
    nextNonce,
    sign,
    send,
    submit: (identity: Identity, operation: Operation) =>
      send(sign(identity, operation, { nonce: nextNonce(identity) })),
    sneak: (bytes) => {
      try {
        cluster.sneaked.push(shared.parse(bytes));
      } catch (error) {
        if (!(error instanceof AivmError)) throw error;
        count(counters.codes, error.code);
      }
      while (cluster.sneaked.length > SNEAKED_MAX) cluster.sneaked.shift();
    },
  };
}
