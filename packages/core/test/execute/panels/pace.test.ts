import { hashCommitment } from '@aivm/core/execute';
import {
  readChain,
  readPanel,
  readProvider,
  readTask,
  readWholePanel,
  WAIT_REASON_NAMES,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { writeProvider } from '../../../src/execute/context/block-context.ts';
import { readListSeats } from '../../../src/execute/panels/pace.ts';
import { factsOf, SEAT_FACTS, seatOf } from '../named-facts.ts';
import { open, operatorOf, operators, register, saltOf, submit, user } from '../panel-scenario.ts';
import { changeState, TestChain } from '../test-chain.ts';

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const RIGHT = Uint8Array.of(42);

/** Eight members of two seats each; six panels of three seats are asked for. */
function crowd(): TestChain {
  const chain = open(8, ['adder'], {
    config: { taskTimeout: '90s' },
    params: { development: true, maxOpenSeats: 2, seatFee: 1n },
  });
  chain.mine(IDS.map((id, i) => chain.sign(user, submit({ id, model: 'adder', n: 3 }), BigInt(i))));
  return chain;
}

const begun = (chain: TestChain): readonly string[] =>
  IDS.filter((id) => (readPanel(chain.state, id)?.drawn ?? 0) > 0);
const reasonOf = (chain: TestChain, id: string): string =>
  WAIT_REASON_NAMES[readTask(chain.state, id)?.waitReason ?? 0] ?? '';

function commitAll(chain: TestChain, taskId: string) {
  const { genesisHash } = readChain(chain.state);
  const seats = readWholePanel(chain.state, taskId)?.seats ?? [];
  return seats.map(({ provider }) => {
    const place = { ...factsOf(chain.state, taskId), ...seatOf(chain.state, taskId, provider), taskId };
    const said = { vote: 0, output: RIGHT, provider, salt: saltOf(provider), genesisHash } as const;
    const commitment = hashCommitment({ ...place, ...said });
    return chain.sign(operatorOf(provider), {
      kind: 'commitResult',
      taskId,
      provider,
      ...SEAT_FACTS,
      commitment,
    });
  });
}

describe('panels of one list', () => {
  it('begin while fewer than half of the seats that its members may hold are open', () => {
    const chain = crowd();
    chain.mine();
    // All six began at once before, and members got more than they may hold.
    expect(begun(chain)).toHaveLength(3);
    expect(readListSeats(chain.state, 'adder')).toBe(9);
    const [waiting = ''] = IDS.filter((id) => !begun(chain).includes(id));
    expect(reasonOf(chain, waiting)).toBe('seats_taken');
    for (let i = 0; i < 3; i++) chain.mine();
    expect(begun(chain)).toHaveLength(3);
    for (const id of begun(chain))
      for (const { excused } of readWholePanel(chain.state, id)?.seats ?? []) expect(excused).toBe(false);
  });

  it('make room with each commitment, and go on in turn', () => {
    const chain = crowd();
    for (let i = 0; i < 4; i++) chain.mine();
    const [first = ''] = begun(chain);
    chain.mine(commitAll(chain, first));
    expect(readListSeats(chain.state, 'adder')).toBe(6);
    chain.mine();
    expect(begun(chain)).toHaveLength(4);
    for (let i = 0; i < 300 && readChain(chain.state).tasksOpen > 0n; i++) chain.mine();
    expect(readChain(chain.state).tasksOpen).toBe(0n);
    expect(readListSeats(chain.state, 'adder')).toBe(0);
  });

  it('begin whoever is busy: only open seats count, not whose they are', () => {
    const chain = crowd();
    changeState(chain, (context) => {
      for (let i = 0; i < 8; i++) {
        const provider = readProvider(context.state, `p${i}`);
        if (provider === undefined) throw new Error('no provider');
        const seats = Array.from({ length: 250 }, (_, k) => `other-${k}`);
        writeProvider(context, { ...provider, seats, uncommittedSeats: 250, openSeats: 250 });
      }
    });
    chain.verifies = false;
    chain.mine();
    expect(begun(chain)).toHaveLength(3);
  });

  it('are one at a time where members hold one seat each, and never none', () => {
    const chain = open(3, ['adder'], { params: { development: true, maxOpenSeats: 1, seatFee: 1n } });
    chain.mine(IDS.map((id, i) => chain.sign(user, submit({ id, model: 'adder', n: 3 }), BigInt(i))));
    for (let i = 0; i < 4; i++) chain.mine();
    expect(begun(chain)).toHaveLength(1);
  });

  it('take of the lists by their sizes, where some members name the model and others serve all', () => {
    const chain = new TestChain({ params: { development: true } }, [user, ...operators]);
    chain.mine(operators.slice(0, 4).map((by, i) => chain.sign(by, register(`p${i}`, by, ['wdbc-int8']))));
    chain.mine(operators.slice(4, 12).map((by, i) => chain.sign(by, register(`p${i + 4}`, by))));
    chain.must(user, submit({ id: 'a', n: 3 }));
    chain.mine();
    expect([readListSeats(chain.state, 'wdbc-int8'), readListSeats(chain.state, '')]).toEqual([1, 2]);
  });
});
