import { bytesToHex, bytesToUtf8 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { BlockTip } from '../host.ts';
import { secondsOf } from './engine-time.ts';
import type { RequestInitChain } from './generated/abci_pb.ts';

/** The member of the engine's `app_state` that names the genesis block of this chain. */
export const GENESIS_BLOCK_MEMBER = 'aivm_genesis_block';

const refuse = (detail: string): AivmError =>
  new AivmError('config_refused', `the engine's genesis.json: ${detail}`);

/** What the engine's genesis names as this chain's genesis block; undefined where it names none. */
function namedGenesisBlock(appState: Uint8Array): string | undefined {
  if (appState.length === 0) return undefined;
  const text = bytesToUtf8(appState);
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    throw refuse('app_state: no JSON');
  }
  if (typeof value !== 'object' || value === null || !(GENESIS_BLOCK_MEMBER in value)) return undefined;
  const name = (value as Record<string, unknown>)[GENESIS_BLOCK_MEMBER];
  if (typeof name !== 'string') throw refuse(`app_state.${GENESIS_BLOCK_MEMBER}: no text`);
  return name;
}

/**
 * Holds the engine's genesis against this chain's: heights from 1, a time not before the genesis block's, and the genesis
 * block that it names. @returns whether it names one.
 * @throws AivmError `config_refused`.
 */
export function checkEngineGenesis(request: RequestInitChain, { id, header }: BlockTip): boolean {
  const { initialHeight, time, appStateBytes } = request;
  if (initialHeight > 1n)
    throw refuse(`initial_height: ${initialHeight}; heights of this chain begin with 1`);
  const seconds = secondsOf(time);
  if (seconds < header.timestamp) {
    throw refuse(`genesis_time: second ${seconds} is before this chain's genesis at ${header.timestamp}`);
  }
  const named = namedGenesisBlock(appStateBytes);
  const own = `0x${bytesToHex(id)}`;
  if (named !== undefined && named !== own) {
    throw refuse(`app_state.${GENESIS_BLOCK_MEMBER}: ${named}, but this node's genesis gives ${own}`);
  }
  return named !== undefined;
}
