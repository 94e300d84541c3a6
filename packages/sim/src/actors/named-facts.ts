import { ZERO_32 } from '@aivm/core/bytes';
import type { Panel, Seat, TaskRecord } from '@aivm/core/state';

/** Which facts of a task an answer is about, as its record has them. */
export const answerFacts = ({ attempt, inputHash, weightHash }: TaskRecord) => ({
  attempt,
  inputHash,
  weightHash,
});

/** Which result of which facts a challenge is about, without the root of a trace. */
export const claimFacts = (task: TaskRecord) => ({
  taskId: task.id,
  ...answerFacts(task),
  panel: task.panels,
  postedHash: task.outputHash,
  rootCommitment: ZERO_32,
});

/** Which place of which panel a commitment or a reveal is about. */
export const seatFacts = (
  task: TaskRecord,
  panel: Panel,
  { seat, position }: { readonly seat: Seat; readonly position: number },
) => ({
  taskId: task.id,
  ...answerFacts(task),
  panel: panel.number,
  round: seat.round,
  seat: position,
});
