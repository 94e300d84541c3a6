import type { Play, Played } from './plays.ts';

/** What a griefing cost. */
export interface Row {
  readonly name: string;
  readonly isCapture: boolean;
  /** Coins that all attackers together have less. */
  readonly burned: bigint;
  /** Coins that the victim has less that lost most. */
  readonly lost: bigint;
  /** Blocks that it takes. */
  readonly blocks: number;
  /** Work units of the transactions. */
  readonly work: number;
  /** Bytes that the state has more. */
  readonly bytes: number;
  /** Milliseconds of processor time that making the blocks took. */
  readonly ms: number;
}

/**
 * What each victim has less than it would without the attack: the admission of an own task is paid whatever comes, and a task
 * that ended with the right answer cost its price.
 */
function lossesOf({ stage, attackers, victims, before, buyer, admission, price }: Played): readonly bigint[] {
  return victims.map((person, i) => {
    const loss = (before[attackers.length + i] ?? 0n) - stage.coinsOf(person);
    if (person.name !== buyer.name) return loss;
    return loss - (price > 0n ? price : admission);
  });
}

/** Plays one griefing. */
export function measure({ name, isCapture = false, run }: Play): Row {
  const played = run();
  const { stage, attackers, before, spentBefore, bytesBefore, blocks } = played;
  const { spent, state } = stage.chain;
  return {
    name,
    isCapture,
    burned: attackers.reduce((sum, person, i) => sum + (before[i] ?? 0n) - stage.coinsOf(person), 0n),
    lost: lossesOf(played).reduce((most, loss) => (loss > most ? loss : most), 0n),
    blocks,
    work: spent.work - spentBefore.work,
    bytes: state.bytes - bytesBefore,
    ms: spent.ms - spentBefore.ms,
  };
}

/** How many times the attacker's loss a victim loses, in two digits. */
function ratioOf({ burned, lost }: Row): string {
  if (lost === 0n) return '0';
  if (burned <= 0n) return 'without bound';
  const percent = (100n * lost) / burned;
  if (percent < 1n) return '< 0.01';
  return percent >= 1_000n
    ? String(percent / 100n)
    : `${percent / 100n}.${String(percent % 100n).padStart(2, '0')}`;
}

/** Whether a victim loses more than a hundred times what the player does. */
export const isOver = ({ burned, lost, isCapture }: Row): boolean =>
  !isCapture && lost > (burned > 0n ? burned : 0n) * 100n;

const lineOf = (row: Row): string => {
  const { name, burned, lost, blocks, work, bytes } = row;
  const own = row.isCapture && burned < 0n ? `wins ${-burned}` : String(burned);
  const times = row.isCapture ? [] : [ratioOf(row)];
  return `| ${[name, own, lost, ...times, blocks, work, bytes].join(' | ')} |`;
};

/** The griefings as SECURITY.md has them. */
export const tableOf = (rows: readonly Row[]): string =>
  [
    '| griefing | its player loses | a victim loses | times | blocks | work | bytes kept |',
    '|---|---|---|---|---|---|---|',
    ...rows.filter(({ isCapture }) => !isCapture).map(lineOf),
  ].join('\n');

/** What most of a panel can do, as SECURITY.md has it. */
export const captureTableOf = (rows: readonly Row[]): string =>
  [
    '| with most of a panel | its player loses | a victim loses | blocks | work | bytes kept |',
    '|---|---|---|---|---|---|',
    ...rows.filter(({ isCapture }) => isCapture).map(lineOf),
  ].join('\n');
