import { bytesToHex, concatBytes } from '@aivm/core/bytes';
import { hashGenesis, taskTimeoutBlocks } from '@aivm/core/execute';
import { type Panel, PanelPhase } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import type { CreateChecker } from './checker.ts';
import { little, named, text } from './own-encoding.ts';

/** The commitment that a reveal must have made, by the protocol's formula and not by the code's. */
const commitmentOf = (genesisHash: Uint8Array, reveal: OperationOf<'revealResult'>): string =>
  bytesToHex(
    named(
      'Commitment',
      concatBytes(
        genesisHash,
        text(reveal.taskId),
        little(BigInt(reveal.panel), 2),
        Uint8Array.of(reveal.round, reveal.seat),
        reveal.inputHash,
        reveal.weightHash,
        reveal.vote === 0 ? named('Output', reveal.output) : named('ErrorVote', Uint8Array.of(reveal.vote)),
        text(reveal.provider),
        reveal.salt,
      ),
    ),
  );

/** What a panel did so far, by what its record counts. */
interface Watched {
  readonly round: number;
  readonly m: number;
  readonly drawn: number;
  readonly committed: number;
  /** Heights of the last seat of this round, and of the m-th commitment. */
  readonly lastDrawn: number;
  readonly decisive: number | undefined;
  readonly isComplete: boolean;
}

function watch(
  known: Watched | undefined,
  { round, m, drawn, committed, phase }: Panel,
  height: number,
): Watched {
  const before = known?.round === round ? known : undefined;
  const isDecided = committed >= m;
  return {
    round,
    m,
    drawn,
    committed,
    lastDrawn: drawn > (before?.drawn ?? (round === 0 ? 0 : drawn)) ? height : (before?.lastDrawn ?? height),
    decisive: isDecided ? (before?.decisive ?? height) : undefined,
    isComplete: phase !== PanelPhase.drawing,
  };
}

/**
 * No member reveals what it did not commit to, or before the time to commit is over: else the last one copies
 * the others and a panel of three is a panel of one. The time is over once all that were drawn have committed; else as long
 * after the last seat as an answer may take, or twice as long as the m-th seat took and the grace beside.
 */
export const createCommitRevealChecker: CreateChecker = ({ genesis, fail }) => {
  const { config, params } = genesis;
  const chain = hashGenesis(genesis);
  const timeout = taskTimeoutBlocks(config, params);
  const committed = new Map<string, string>();
  const panels = new Map<string, Watched>();
  const numbers = new Map<string, number>();
  const commitEnd = ({ lastDrawn, decisive }: Watched): number => {
    if (decisive === undefined) return lastDrawn + timeout;
    const taken = Math.max(0, decisive - lastDrawn);
    return lastDrawn + Math.min(timeout, 2 * taken + params.commitGraceBlocks);
  };
  return {
    name: 'commit-reveal',
    onBlock({ height, block, outcomes, changes }) {
      for (const { after } of changes.panel) {
        if (after === undefined) continue;
        const known = panels.get(after.taskId);
        const isSame =
          known !== undefined && after.round >= known.round && after.number === numbers.get(after.taskId);
        panels.set(after.taskId, watch(isSame ? known : undefined, after, height));
        numbers.set(after.taskId, after.number);
      }
      for (const [i, { operation }] of block.transactions.entries()) {
        if (outcomes[i]?.code !== '') continue;
        if (operation.kind === 'commitResult') {
          committed.set(`${operation.taskId}/${operation.provider}`, bytesToHex(operation.commitment));
        }
        if (operation.kind !== 'revealResult') continue;
        const { taskId, provider } = operation;
        if (committed.get(`${taskId}/${provider}`) !== commitmentOf(chain, operation)) {
          fail(`height ${height}: ${provider} revealed on ${taskId} what it did not commit to`);
        }
        const panel = panels.get(taskId);
        const isOver =
          panel?.isComplete === true && (panel.committed >= panel.drawn || height >= commitEnd(panel));
        if (!isOver)
          fail(`height ${height}: ${provider} revealed on ${taskId} while others could still commit`);
      }
    },
  };
};
