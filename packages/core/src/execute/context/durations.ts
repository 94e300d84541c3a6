import { type Config, parseDurationMs } from '../../state/config.ts';
import type { Params } from '../../state/params.ts';

const SECOND_MS = 1_000;

/** A duration in blocks: ⌈duration / minBlockInterval⌉. */
const toBlocks = (text: string, name: string, params: Params): number =>
  Math.ceil(parseDurationMs(text, name) / params.minBlockIntervalMs);

/** Blocks that a drawn provider has for its answer. */
export const taskTimeoutBlocks = (config: Config, params: Params): number =>
  toBlocks(config.taskTimeout, 'config.taskTimeout', params);

/** Blocks after the one whose id it is made of in which an attestation nonce counts, at least one. */
export const attestationTimeoutBlocks = (config: Config, params: Params): number =>
  toBlocks(config.attestationTimeout, 'config.attestationTimeout', params);

/** Length of an epoch in block-time seconds, at least one. */
export const epochSeconds = (config: Config): number =>
  Math.max(1, Math.ceil(parseDurationMs(config.epochDuration, 'config.epochDuration') / SECOND_MS));

/** Blocks between a result and its finality when nobody challenges it. */
export const challengeWindowBlocks = (config: Config): number => Number(config.challengeWindowBlocks);
