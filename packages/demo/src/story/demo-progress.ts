/** Where the tasks of the demo are, counted. */
export interface TaskCounts {
  readonly submitted: number;
  readonly pending: number;
  readonly assigned: number;
  readonly posted: number;
  readonly final: number;
  readonly failed: number;
}

/** A task's place in its life, as events tell it. */
export type TaskPlace = Exclude<keyof TaskCounts, 'submitted'>;

/** Follows tasks from event to event. */
export interface DemoProgress {
  move(taskId: string, place: TaskPlace): void;
  addMismatch(): void;
  addConviction(): void;
  setHeight(height: number): void;
  counts(): TaskCounts;
  /** Lines for people, redrawn as things move. */
  lines(elapsedMs: number): readonly string[];
}

const BAR_WIDTH = 40;

/** Progress over `total` tasks. */
export function createDemoProgress(total: number): DemoProgress {
  const places = new Map<string, TaskPlace>();
  const story = { mismatches: 0, convictions: 0, height: 0 };
  const counts = (): TaskCounts => {
    const sums = { submitted: places.size, pending: 0, assigned: 0, posted: 0, final: 0, failed: 0 };
    for (const place of places.values()) sums[place] += 1;
    return sums;
  };
  return {
    move: (taskId, place) => void places.set(taskId, place),
    addMismatch: () => {
      story.mismatches += 1;
    },
    addConviction: () => {
      story.convictions += 1;
    },
    setHeight: (height) => {
      story.height = Math.max(story.height, height);
    },
    counts,
    lines: (elapsedMs) => {
      const sums = counts();
      const filled = Math.floor((sums.final * BAR_WIDTH) / total);
      const bar = '█'.repeat(filled).padEnd(BAR_WIDTH, '░');
      const seconds = (elapsedMs / 1_000).toFixed(1);
      return [
        `${bar} ${sums.final}/${total} final   ${seconds} s   block ${story.height}`,
        `pending ${total - sums.submitted + sums.pending} · assigned ${sums.assigned} · in the challenge window ${sums.posted}` +
          ` · lies found ${story.mismatches} · convicted ${story.convictions}${sums.failed > 0 ? ` · failed ${sums.failed}` : ''}`,
      ];
    },
  };
}
