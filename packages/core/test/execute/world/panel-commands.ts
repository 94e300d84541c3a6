import { equalBytes } from '@aivm/core/bytes';
import { hashCommitment } from '@aivm/core/execute';
import { readChain, readTaskInput, Vote } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import { PanelPhase, type Seat } from '../../../src/state/records/panel.ts';
import { factsOf, SEAT_FACTS, seatOf } from '../named-facts.ts';
import { operatorOf, rightOutput } from '../scenario.ts';
import type { Person, TestChain } from '../test-chain.ts';
import type { Census } from './census.ts';

export type Signed = readonly [by: Person, operation: Operation];

/** One of the items, whatever the number. */
export const choose = <T>(items: readonly T[], pick: number): T | undefined =>
  items[pick % Math.max(1, items.length)];

const SALT = new Uint8Array(32).fill(77);

/** The seats of all panels, each with the person behind it and a number that decides what he does. */
function seatsOf(chain: TestChain, { panels, seats }: Census, phases: readonly number[], pick: number) {
  return panels
    .filter((panel) => phases.includes(panel.phase))
    .flatMap(({ taskId, n }, p) =>
      Array.from({ length: n }, (_, i) => i).flatMap((i) => {
        const seat: Seat | undefined = seats.get(`${taskId}/${i}`);
        if (seat === undefined) return [];
        return {
          seat,
          taskId,
          by: operatorOf(chain, seat.provider),
          chance: (pick * 7 + p * 5 + i * 13) % 17,
        };
      }),
    );
}

const commitmentOf = (chain: TestChain, taskId: string, provider: string, output: Uint8Array): Uint8Array =>
  hashCommitment({
    ...factsOf(chain.state, taskId),
    ...seatOf(chain.state, taskId, provider),
    genesisHash: readChain(chain.state).genesisHash,
    taskId,
    vote: Vote.output,
    output,
    provider,
    salt: SALT,
  });

const truthOf = (chain: TestChain, taskId: string): Uint8Array =>
  rightOutput(readTaskInput(chain.state, taskId) ?? new Uint8Array(32));
const lieOf = (chain: TestChain, taskId: string): Uint8Array =>
  truthOf(chain, taskId).map((byte) => byte ^ 1);

/** Most members commit to the truth; some to a lie, to what another committed to, or not at all. */
export function commitsOf(chain: TestChain, census: Census, pick: number): Signed[] {
  const places = seatsOf(chain, census, [PanelPhase.drawing, PanelPhase.committing], pick);
  return places.flatMap(({ seat, taskId, by, chance }) => {
    if (chance === 0) return [];
    const output = chance < 4 ? lieOf(chain, taskId) : truthOf(chain, taskId);
    const other =
      places.find((place) => place.seat !== seat && place.taskId === taskId)?.seat.provider ?? seat.provider;
    const commitment = commitmentOf(chain, taskId, chance === 4 ? other : seat.provider, output);
    return [[by, { kind: 'commitResult', taskId, provider: seat.provider, ...SEAT_FACTS, commitment }]];
  });
}

/** Members show what they committed to, if they can; some withhold it for now. */
export function revealsOf(chain: TestChain, census: Census, pick: number): Signed[] {
  const places = seatsOf(chain, census, [PanelPhase.committing, PanelPhase.revealing], pick);
  return places.flatMap(({ seat, taskId, by, chance }) => {
    if (chance === 0) return [];
    const truth = truthOf(chain, taskId);
    const isTrue = equalBytes(commitmentOf(chain, taskId, seat.provider, truth), seat.commitment);
    const output = isTrue ? truth : lieOf(chain, taskId);
    const answer = { ...SEAT_FACTS, taskId, provider: seat.provider, vote: Vote.output, output };
    return [[by, { kind: 'revealResult', ...answer, computeTimeMs: 1n, salt: SALT }]];
  });
}
