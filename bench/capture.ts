import { parseArgs } from 'node:util';
import { installCrypto } from '@aivm/node';
import { CaptureWorld, type Ended, type Play } from './capture/world.ts';

// How often an attacker has the majority of a panel or a committee, and how often one decides nothing, on chains that the
// state machine plays with signed transactions. The attacker has five operators of fifteen, with a bond each as all others,
// and plays what it can: hardware that it only claims, results of others disputed, commitments in the last block, and, in the
// play "busy", panels that hold a seat of every honest member.
// One play in twenty is more than two standard deviations off by chance, so one of four in six runs. A play that is off is
// therefore played again, four times over on chains of other names, and those alone decide: chance is off twice in a row, and in the
// same direction, once in nine hundred, and what is really off by a tenth of the share is so nearly always.
// Run with: npx tsx --conditions=aivm-source bench/capture.ts [--panels N] [--play 1…4] [--seed TEXT] [--smoke] [--json]
const { values } = parseArgs({
  options: {
    panels: { type: 'string', default: '2000' },
    play: { type: 'string' },
    seed: { type: 'string', default: '' },
    smoke: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const asked = values.smoke ? 20 : Number(values.panels);
if (!Number.isSafeInteger(asked) || asked < 1 || asked > 1_000_000)
  throw new RangeError(`--panels: expected 1…1000000, got ${values.panels}`);

/** Panels of one chain; with sleepers so few that none of them falls below the least reputation and out of the lottery. */
const PER_CHAIN = 40;
const PER_CHAIN_ASLEEP = 10;
const ATTACKED = { honest: 10, asleep: 0, attacker: 5 } as const;

const PLAYS: readonly Omit<Play, 'count'>[] = [
  { name: 'panels', kind: 'panels', isBusy: false, crowd: ATTACKED },
  { name: 'panels, every honest member busy', kind: 'panels', isBusy: true, crowd: ATTACKED },
  { name: 'committees', kind: 'committees', isBusy: false, crowd: ATTACKED },
  {
    name: 'committees, a third asleep',
    kind: 'committees',
    isBusy: false,
    crowd: { honest: 10, asleep: 5, attacker: 0 },
  },
];

const choose = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((product, factor) => product * factor, 1);

/** The chance of at least m attackers among n seats drawn from a crowd. */
function chanceOf({ candidates, ofAttacker, m, n }: Ended): number {
  let chance = 0;
  for (let k = m; k <= Math.min(n, ofAttacker); k++)
    chance += (choose(ofAttacker, k) * choose(candidates - ofAttacker, n - k)) / choose(candidates, n);
  return chance;
}

function play(one: Omit<Play, 'count'>, asked: number, turn: string): readonly Ended[] {
  const ended: Ended[] = [];
  for (let chain = 0; ended.length < asked; chain++) {
    const most = one.crowd.asleep > 0 ? PER_CHAIN_ASLEEP : PER_CHAIN;
    const count = Math.min(most, asked - ended.length);
    const name = `${one.name} ${chain}${values.seed}${turn}`;
    ended.push(...new CaptureWorld({ ...one, name, count }).run());
  }
  return ended;
}

interface Row {
  readonly name: string;
  readonly panels: number;
  readonly captured: number;
  readonly expected: number;
  /** Standard deviations between the two. */
  readonly deviations: number;
  readonly undecided: number;
}

function report(name: string, ended: readonly Ended[]): Row {
  const chances = ended.map(chanceOf);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const variance = sum(chances.map((chance) => chance * (1 - chance)));
  const captured = ended.filter(({ attackers, m }) => attackers >= m).length;
  const distance = captured - sum(chances);
  const undecided = ended.filter(({ error }) => error === 'undecided' || error === 'no_majority').length;
  return {
    name,
    panels: ended.length,
    captured: captured / ended.length,
    expected: sum(chances) / ended.length,
    deviations: variance === 0 ? 0 : distance / Math.sqrt(variance),
    undecided: undecided / ended.length,
  };
}

const chosen = values.play === undefined ? PLAYS : PLAYS.slice(Number(values.play) - 1, Number(values.play));
if (chosen.length === 0) throw new RangeError(`--play: expected 1…${PLAYS.length}, got ${values.play}`);

installCrypto();
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const rows: Row[] = [];
const faults: string[] = [];

/** Plays, and prints what came out. */
function measure(one: Omit<Play, 'count'>, asked: number, turn = ''): Row {
  const started = performance.now();
  const row = report(`${one.name}${turn}`, play(one, asked, turn));
  rows.push(row);
  const seconds = ((performance.now() - started) / 1_000).toFixed(0);
  if (!values.json)
    console.log(
      `${row.name}: ${row.panels}, majority of the attacker ${percent(row.captured)}, by chance ${percent(row.expected)} ` +
        `(${row.deviations.toFixed(2)} standard deviations), undecided ${percent(row.undecided)}, ${seconds} s`,
    );
  if (row.undecided > UNDECIDED_MAX) faults.push(`${row.name}: undecided ${percent(row.undecided)}`);
  return row;
}

const DEVIATIONS_MAX = 2;
const UNDECIDED_MAX = 0.02;
const AGAIN = 4;
for (const one of chosen) {
  const { deviations } = measure(one, asked);
  if (values.smoke || Math.abs(deviations) <= DEVIATIONS_MAX) continue;
  const again = measure(one, AGAIN * asked, ', again');
  const isSame = Math.sign(again.deviations) === Math.sign(deviations);
  if (isSame && Math.abs(again.deviations) > DEVIATIONS_MAX)
    faults.push(
      `${one.name}: ${deviations.toFixed(2)} and ${again.deviations.toFixed(2)} standard deviations`,
    );
}
if (values.json) console.log(JSON.stringify(rows));
for (const fault of faults) console.error(fault);
// Of few panels nothing follows.
if (faults.length > 0 && !values.smoke) process.exitCode = 1;
