import { exchangeCount } from '../../network/index.ts';
import { type Config, parseDurationMs } from '../../state/config.ts';
import type { Params } from '../../state/params.ts';
import { GAMES_OPEN_MAX, GAMES_PLAYED_MAX } from '../../state/records/trial.ts';

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

/** Blocks that `work` takes a provider, ⌈work / workPerBlock⌉: what deadlines and windows are longer by. */
export const workBlocks = ({ workPerBlock }: Pick<Params, 'workPerBlock'>, work: bigint): number =>
  Number((work + workPerBlock - 1n) / workPerBlock);

/** Heights behind its own that a timer may be pushed to. */
export const TIMER_HEIGHTS_TRIED = 64;
/** What that adds to a panel, which has four timers in a row, and to the four waves of games about a result. */
const TIMER_SLACK = 4 * TIMER_HEIGHTS_TRIED;

/** The most blocks from the first draw of a panel with n seats to its end, both of its rounds and full heights included. */
export const longestPanelBlocks = (config: Config, params: Params, n: number): number =>
  2 * (n + params.drawSlackBlocks + taskTimeoutBlocks(config, params)) + params.revealBlocks + TIMER_SLACK;

/** Games of a result that wait for those before them go in so many waves. */
const WAVES = GAMES_OPEN_MAX / GAMES_PLAYED_MAX;

/**
 * The most blocks from an answer to the end of every game about it, not counting those in which clocks stood: the window,
 * the provider's commitments before this one, and four waves of games in which both players use all of their time.
 */
export function longestDisputeBlocks(
  config: Config,
  params: Params,
  { work, depth }: { readonly work: bigint; readonly depth: number },
): number {
  const own = workBlocks(params, work);
  const before = workBlocks(params, params.maxOpenWork);
  const moves = 2 * params.moveBlocks * (exchangeCount(depth) + 1);
  const reserves = 2 * (params.reserveBlocks + own);
  return challengeWindowBlocks(config) + 2 * own + before + WAVES * (moves + reserves) + TIMER_SLACK;
}

/** Blocks between a result and its finality when nobody challenges it. */
export const challengeWindowBlocks = (config: Config): number => Number(config.challengeWindowBlocks);
