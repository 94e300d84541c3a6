import { bytesToHex, concatBytes } from '@aivm/core/bytes';
import { hashGenesis, taskTimeoutBlocks } from '@aivm/core/execute';
import { PanelPhase } from '@aivm/core/state';
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

/**
 * No member reveals what it did not commit to, or before the time to commit is over: else the last one copies
 * the others and a panel of three is a panel of one.
 */
export const createCommitRevealChecker: CreateChecker = ({ genesis, fail }) => {
  const { config, params } = genesis;
  const chain = hashGenesis(genesis);
  const timeout = taskTimeoutBlocks(config, params);
  const committed = new Map<string, string>();
  /** By task: the height at which its panel was complete, and how many have committed of how many. */
  const panels = new Map<string, { completeAt: number; committed: number; n: number }>();
  return {
    name: 'commit-reveal',
    onBlock({ height, block, outcomes, changes }) {
      for (const { before, after } of changes.panel) {
        if (after === undefined) continue;
        const isNew = before === undefined || after.drawn < before.drawn;
        const known = isNew ? undefined : panels.get(after.taskId);
        const isComplete = after.phase !== PanelPhase.drawing;
        const completeAt = known?.completeAt ?? Number.POSITIVE_INFINITY;
        panels.set(after.taskId, {
          completeAt: isComplete ? Math.min(completeAt, height) : completeAt,
          committed: after.committed,
          n: after.n,
        });
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
          panel !== undefined && (panel.committed >= panel.n || height >= panel.completeAt + timeout);
        if (!isOver)
          fail(`height ${height}: ${provider} revealed on ${taskId} while others could still commit`);
      }
    },
  };
};
