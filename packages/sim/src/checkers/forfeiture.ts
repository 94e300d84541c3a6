import type { CreateChecker } from './checker.ts';
import { Obligations } from './obligations.ts';

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
        const { provider, forfeited, rewarded, burned } = event;
        const where = `height ${block.height}: provider ${provider}`;
        if (convicted.has(provider)) fail(`${where} was convicted twice`);
        convicted.add(provider);
        // The obligation is one of those that were open before this block, so it holds no more than all of them.
        const held = obligations.of(provider);
        const due = held > config.minProviderBond ? held : config.minProviderBond;
        const bond = block.changes.provider.find(({ after }) => after?.id === provider)?.before?.bond ?? 0n;
        if (forfeited > due) fail(`${where} forfeited ${forfeited}, at most ${due} is due`);
        if (forfeited < (bond < config.minProviderBond ? bond : config.minProviderBond)) {
          fail(`${where} forfeited ${forfeited} of a bond of ${bond}`);
        }
        const share = (forfeited * BigInt(params.challengerShareBasisPoints)) / 10_000n;
        if (rewarded !== 0n && rewarded !== share)
          fail(`${where}: ${rewarded} rewarded, the share is ${share}`);
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
