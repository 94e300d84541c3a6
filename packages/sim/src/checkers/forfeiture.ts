import type { CreateChecker, ObservedBlock } from './checker.ts';
import { Obligations } from './obligations.ts';

const maxOf = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const minOf = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Reservations of the provider's results that this block proved false. */
function provenIn({ events, changes }: ObservedBlock, provider: string): readonly bigint[] {
  const proven = new Set<string>();
  for (const event of events) {
    if (event.kind === 'challenge' && event.upheld && event.provider === provider) proven.add(event.taskId);
  }
  return changes.task.flatMap(({ before }) =>
    before?.assignedTo === provider && proven.has(before.id) ? [before.reservation] : [],
  );
}

/** Reservations of the provider that this block changed, at its begin. */
const touchedIn = ({ changes }: ObservedBlock, provider: string): readonly bigint[] =>
  changes.task.flatMap(({ before }) => (before?.assignedTo === provider ? [before.reservation] : []));

/** Reservations of the provider that this block made. */
const begunIn = ({ changes }: ObservedBlock, provider: string): readonly bigint[] =>
  changes.task.flatMap(({ before, after }) =>
    after?.assignedTo === provider && before?.assignedTo !== provider ? [after.reservation] : [],
  );

const sumOf = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, amount) => sum + amount, 0n);

/**
 * A bond is forfeited once, by no more than the rule says, and every unit of it is rewarded or burned: more is theft
 * by accusation, less makes a lie cheap.
 */
export const createForfeitureChecker: CreateChecker = ({ genesis: { config, params }, fail }) => {
  const convicted = new Set<string>();
  const obligations = new Obligations();
  return {
    name: 'forfeiture',
    onBlock(block) {
      for (const event of block.events) {
        if (event.kind !== 'conviction') continue;
        const { provider, forfeited, rewarded, burned, shares } = event;
        const where = `height ${block.height}: provider ${provider}`;
        if (convicted.has(provider)) fail(`${where} was convicted twice`);
        convicted.add(provider);
        const bond = block.changes.provider.find(({ after }) => after?.id === provider)?.before?.bond ?? 0n;
        if (forfeited > bond) fail(`${where} forfeited ${forfeited} of a bond of ${bond}`);
        // Certain to be held at the conviction: what this block did not touch, and what it proved false.
        const proven = provenIn(block, provider);
        const certain = obligations.of(provider) - sumOf(touchedIn(block, provider)) + sumOf(proven);
        const held = minOf(bond, maxOf(config.minProviderBond, certain));
        const possible = obligations.of(provider) + sumOf(begunIn(block, provider));
        const most = maxOf(config.minProviderBond, possible);
        if (forfeited > most) fail(`${where} forfeited ${forfeited}, at most ${most} is due`);
        if (forfeited < held) fail(`${where} forfeited ${forfeited}, at least ${held} is due`);
        const share =
          (minOf(forfeited, proven.reduce(maxOf, config.minProviderBond)) *
            BigInt(params.challengerShareBasisPoints)) /
          10_000n;
        const dust = BigInt(Math.max(0, shares.length - 1));
        if (rewarded !== 0n && (rewarded > share || rewarded + dust < share))
          fail(`${where}: ${rewarded} rewarded, the share is ${share}`);
        const paid = shares.reduce((sum, { amount }) => sum + amount, 0n);
        if (paid !== rewarded) fail(`${where}: shares of ${paid}, ${rewarded} rewarded`);
        if (rewarded + burned !== forfeited) fail(`${where}: ${rewarded} and ${burned} are not ${forfeited}`);
      }
      for (const { before, after } of block.changes.provider) {
        if (after === undefined || before === undefined || !convicted.has(after.id)) continue;
        const isConvicting = block.events.some(
          (event) => event.kind === 'conviction' && event.provider === after.id,
        );
        if (!isConvicting && after.bond > before.bond)
          fail(`convicted provider ${after.id} was given a bond`);
      }
      obligations.apply(block);
    },
  };
};
