import { hexToBytes } from '@aivm/core/bytes';
import { modelClassOf } from '@aivm/core/execute';
import { PanelPhase, readDispute, readWholePanel, SeatStatus, type StateReader } from '@aivm/core/state';
import { DISPUTE_VERDICTS, type Dispute, type DisputeSummary, placedEventToShape } from '@aivm/sdk';
import type { DisputeRecord } from '../../chain/read-answers.ts';
import type { NodeApi } from '../../local/node-api.ts';
import { type DisputeEntry, DisputeVerdict } from '../../store/records.ts';
import type { SomeHandlers } from '../handler.ts';
import { PAGE_LIMIT } from './list-page.ts';
import { notFound } from './not-found.ts';

/** No task has an id that is as long as the hash of a transaction. */
const CHALLENGE_HASH = /^0x[0-9a-fA-F]{64}$/;

const JUDGE_NAMES = { recompute: 'kernel', committee: 'committee', game: 'game' } as const;

function summaryOf(entry: DisputeEntry): DisputeSummary {
  const { verdict } = entry;
  return {
    id: entry.challenge,
    task_id: entry.taskId,
    model: entry.model,
    judge: JUDGE_NAMES[modelClassOf(entry).judge.kind],
    verdict: DISPUTE_VERDICTS[verdict] ?? 'open',
    provider: entry.provider,
    challenger: entry.challenger,
    bond: entry.bond,
    posted_hash: entry.postedHash,
    claimed_hash: entry.claimedHash,
    opened_at_height: entry.openedAtHeight,
    ...(verdict === DisputeVerdict.open ? {} : { settled_at_height: entry.settledAtHeight }),
    ...(verdict === DisputeVerdict.upheld ? { claim_right: entry.claimRight } : {}),
  };
}

const nameOf = <N extends string>(names: Readonly<Record<N, number>>, value: number): N =>
  (Object.keys(names) as N[]).find((name) => names[name] === value) as N;

/** The committee that sits on a task's dispute. */
function panelOf(state: StateReader, taskId: string): Dispute['panel'] {
  const whole = readDispute(state, taskId) === undefined ? undefined : readWholePanel(state, taskId);
  if (whole === undefined) return undefined;
  const { m, n, phase, commitDeadline, revealDeadline } = whole.panel;
  return {
    phase: nameOf(PanelPhase, phase),
    m,
    n,
    ...(commitDeadline === 0 ? {} : { commit_deadline: commitDeadline }),
    ...(revealDeadline === 0 ? {} : { reveal_deadline: revealDeadline }),
    seats: whole.seats.map((seat) => ({
      position: seat.position,
      provider: seat.provider,
      status: nameOf(SeatStatus, seat.status),
      drawn_at_height: seat.drawnAtHeight,
      ...(seat.status === SeatStatus.revealed ? { output_hash: seat.outputHash } : {}),
    })),
  };
}

function findDispute(node: NodeApi, id: string): DisputeRecord {
  const ref = CHALLENGE_HASH.test(id) ? { challenge: hexToBytes(id) } : { taskId: id };
  const found = node.disputes.get(ref);
  if (found === undefined) throw notFound(`dispute ${id.slice(0, 80)}`);
  return found;
}

/** Disputes, open and settled. */
export const disputeReads = {
  listDisputes: ({ query: { verdict, cursor, limit = PAGE_LIMIT } }, { node }) => {
    const { items, nextCursor } = node.disputes.list({
      limit: Math.max(1, limit),
      verdict: verdict && DisputeVerdict[verdict],
      cursor,
    });
    return {
      disputes: items.map(summaryOf),
      next_cursor: nextCursor,
    };
  },
  getDispute: ({ params: { id } }, { node }) => {
    const { entry, moves } = findDispute(node, id);
    const panel = entry.verdict === DisputeVerdict.open ? panelOf(node.state(), entry.taskId) : undefined;
    return {
      ...summaryOf(entry),
      panel,
      moves: moves.map(({ event, ...place }) => placedEventToShape(event, place)),
    };
  },
} satisfies SomeHandlers;
