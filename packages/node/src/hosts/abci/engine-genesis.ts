import { bytesToHex, bytesToUtf8 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { type AnchorKey, anchorKeyFromJson } from '../../anchors/validators/anchor-key.ts';
import type { BlockTip } from '../host.ts';
import { secondsOf } from './engine-time.ts';
import type { RequestInitChain } from './generated/abci_pb.ts';

/** The member of the engine's `app_state` that names the genesis block of this chain. */
export const GENESIS_BLOCK_MEMBER = 'aivm_genesis_block';

/** The member that lists the keys with which the validators sign anchors. */
const ANCHOR_KEYS_MEMBER = 'aivm_anchor_keys';

const refuse = (detail: string): AivmError =>
  new AivmError('config_refused', `the engine's genesis.json: ${detail}`);

/** The members of the engine's `app_state`. */
function readAppState(appState: Uint8Array): Readonly<Record<string, unknown>> {
  if (appState.length === 0) return {};
  const text = bytesToUtf8(appState);
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    throw refuse('app_state: no JSON');
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** What the engine's genesis names as this chain's genesis block; undefined where it names none. */
function namedGenesisBlock(appState: Readonly<Record<string, unknown>>): string | undefined {
  const name = appState[GENESIS_BLOCK_MEMBER];
  if (name === undefined) return undefined;
  if (typeof name !== 'string') throw refuse(`app_state.${GENESIS_BLOCK_MEMBER}: no text`);
  return name;
}

/** The keys for anchors that the engine's genesis lists; they go with vote extensions from the first block on. */
function namedAnchorKeys(
  appState: Readonly<Record<string, unknown>>,
  { consensusParams }: RequestInitChain,
): readonly AnchorKey[] {
  const listed = appState[ANCHOR_KEYS_MEMBER] ?? [];
  if (!Array.isArray(listed)) throw refuse(`app_state.${ANCHOR_KEYS_MEMBER}: no list`);
  const keys = listed.map((entry, i) => anchorKeyFromJson(entry, `app_state.${ANCHOR_KEYS_MEMBER}[${i}]`));
  const enabled = consensusParams?.abci?.voteExtensionsEnableHeight ?? 0n;
  if (keys.length > 0 && enabled !== 1n) {
    throw refuse(
      `consensus_params.abci.vote_extensions_enable_height: ${enabled}; validators with anchor keys sign from block 1 on, so write "1"`,
    );
  }
  return keys;
}

/**
 * Holds the engine's genesis against this chain's: heights from 1, a time not before the genesis block's, and the genesis
 * block that it names.
 * @returns whether it names one, and the keys with which its validators sign anchors
 * @throws AivmError `config_refused`.
 */
export function checkEngineGenesis(
  request: RequestInitChain,
  { id, header }: BlockTip,
): { readonly isNamed: boolean; readonly anchorKeys: readonly AnchorKey[] } {
  const { initialHeight, time, appStateBytes } = request;
  if (initialHeight > 1n)
    throw refuse(`initial_height: ${initialHeight}; heights of this chain begin with 1`);
  const seconds = secondsOf(time);
  if (seconds < header.timestamp) {
    throw refuse(`genesis_time: second ${seconds} is before this chain's genesis at ${header.timestamp}`);
  }
  const appState = readAppState(appStateBytes);
  const named = namedGenesisBlock(appState);
  const own = `0x${bytesToHex(id)}`;
  if (named !== undefined && named !== own) {
    throw refuse(`app_state.${GENESIS_BLOCK_MEMBER}: ${named}, but this node's genesis gives ${own}`);
  }
  return { isNamed: named !== undefined, anchorKeys: namedAnchorKeys(appState, request) };
}
