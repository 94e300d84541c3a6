import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { hashGenesis } from '@aivm/core/execute';
import { readAccount } from '@aivm/core/state';
import type { CreateChecker } from './checker.ts';

/**
 * A signature takes effect once, in its sender's order, on its own chain: an attacker that can play one again, or elsewhere, or
 * out of order, spends another's money.
 */
export const createReplayChecker: CreateChecker = ({ genesis, mirror, fail }) => {
  const nonces = new Map<string, bigint>();
  const seen = new Set<string>();
  const chain = hashGenesis(genesis);
  return {
    name: 'replay',
    onBlock({ height, block }) {
      const senders = new Map<string, Uint8Array>();
      for (const tx of block.transactions) {
        const id = bytesToHex(tx.id);
        const sender = bytesToHex(tx.sender);
        const next = nonces.get(sender) ?? 0n;
        if (seen.has(id)) fail(`height ${height}: transaction ${id} is in a second block`);
        if (tx.chainId !== genesis.chainId || !equalBytes(tx.genesisHash, chain))
          fail(`height ${height}: transaction ${id} is of another chain (${tx.chainId})`);
        if (tx.expiry !== 0n && tx.expiry < BigInt(height))
          fail(`height ${height}: transaction ${id} had expired at ${tx.expiry}`);
        if (tx.nonce !== next)
          fail(`height ${height}: ${sender} is at ${next}, its transaction at ${tx.nonce}`);
        seen.add(id);
        nonces.set(sender, next + 1n);
        senders.set(sender, tx.sender);
      }
      for (const [sender, address] of senders) {
        const { nonce } = readAccount(mirror, address);
        if (nonce !== nonces.get(sender)) fail(`height ${height}: ${sender} has nonce ${nonce} in the state`);
      }
    },
  };
};
