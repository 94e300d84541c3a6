import { readOperator, readPanel, readProvider, readWholePanel } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../../src/execute/block/execute-block.ts';
import { convictWithoutChallenger } from '../../../src/execute/economy/conviction.ts';
import { countVotes } from '../../../src/execute/panels/vote.ts';
import { codes, commit, draw, NO_HASH, open, operators, register, submit, user } from '../panel-scenario.ts';
import { changeState, type Person, type TestChain } from '../test-chain.ts';

const first = operators[0] as Person;
const PARAMS = { development: true, seatFee: 1n };

/** Five members of one panel; the operator of p0 has a second provider beside it. */
function panel(): TestChain {
  const chain = open(5, ['adder'], { params: PARAMS });
  chain.must(first, register('other', first, ['wdbc-int8']));
  chain.must(user, submit({ model: 'adder', n: 5 }));
  draw(chain, 5);
  return chain;
}

const convictOther = (chain: TestChain): void =>
  changeState(chain, (context) => convictWithoutChallenger(context, 't', 'other'));

describe('a seat whose operator is convicted for another provider', () => {
  it('takes no commitment, and is no vote', () => {
    const chain = panel();
    chain.mine([commit(chain, 'p0', NO_HASH)]);
    expect(codes(chain)).toEqual(['']);
    convictOther(chain);
    const context = createContext(chain.parent, { timestamp: chain.tip.header.timestamp + 1 });
    const state = readPanel(chain.state, 't');
    if (state === undefined) throw new Error('no panel');
    // It was counted before: the operator lost one account and voted with the next.
    expect(countVotes(context, state).withheld).toHaveLength(0);
    expect(readOperator(chain.state, first.address).convicted).toBe(true);
    expect(readProvider(chain.state, 'p0')?.listed).toBe(true);
    const late = panel();
    convictOther(late);
    late.mine([commit(late, 'p0', NO_HASH)]);
    expect(codes(late)).toEqual(['provider_slashed']);
  });

  it('is drawn again with the absent ones, excused, and its operator is not drawn any more', () => {
    const chain = open(8, ['adder'], {
      config: { taskTimeout: '12s' },
      params: { ...PARAMS, drawSlackBlocks: 4 },
    });
    for (const by of operators.slice(0, 8))
      chain.must(by, register(`twin-${operators.indexOf(by)}`, by, ['wdbc-int8']));
    chain.must(user, submit({ model: 'adder', n: 3 }));
    const members = draw(chain, 3);
    const [bad = ''] = members;
    changeState(chain, (context) => convictWithoutChallenger(context, 't', bad.replace('p', 'twin-')));
    const { bond = 0n } = readProvider(chain.state, bad) ?? {};
    while (readPanel(chain.state, 't')?.round === 0) chain.mine();
    expect(readProvider(chain.state, bad)?.bond).toBe(bond);
    for (let i = 0; i < 3; i++) chain.mine();
    expect(readWholePanel(chain.state, 't')?.seats.map(({ provider }) => provider)).not.toContain(bad);
  });
});
