import { AivmError, type Operation } from '@aivm/core';
import type { RoundInfo, View } from '../actors/actor.ts';
import { count } from '../run/tally.ts';
import { type Identity, signBytes } from './identity.ts';
import type { SimNode } from './sim-node.ts';
import type { World } from './world.ts';

/** What no pool took waits for a proposer that includes anything; more than this is forgotten, oldest first. */
const SNEAKED_MAX = 64;

/** An actor's turn at its node. */
export function createView(
  world: Pick<World, 'genesis' | 'cluster' | 'counters' | 'shared'>,
  node: SimNode,
  seen: RoundInfo & Pick<View, 'events' | 'transactions'>,
): View {
  const { genesis, cluster, counters, shared } = world;
  const { chainId, config, params } = genesis;
  const state = node.node.state();
  const { id, header } = node.node.lastAccepted();
  const nextNonce = ({ address }: Identity): bigint => node.node.nextNonce(address);
  const sign: View['sign'] = (identity, operation, at) =>
    signBytes({ chainId: at.chainId ?? chainId, nonce: at.nonce, operation }, identity);
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
