/** Who plays in the demo, and with which development account. */
export const CAST = {
  requester: { account: 0 },
  honest: [
    { id: 'honest-1', account: 1 },
    { id: 'honest-2', account: 2 },
    { id: 'honest-3', account: 3 },
  ],
  liar: { id: 'liar', account: 4 },
  watcher: { account: 5 },
} as const;

/** The model that the demo asks for: part of every genesis block. */
export const DEMO_MODEL = 'wdbc-int8';

/** What a task of the demo pays, in the smallest unit. */
export const DEMO_FEE = 10n ** 12n;

/** Id of the task that asks for a row. */
export const taskIdOf = (row: number): string => `wdbc-${String(row).padStart(3, '0')}`;

/** The row that a task asks for. */
export const rowOf = (taskId: string): number => Number(taskId.slice('wdbc-'.length));

/** Graphics cards that each provider declares; a provider may hold two tasks a card. */
export const DEMO_GPUS = Array.from({ length: 5 }, () => ({
  model: 'demo',
  memoryGb: 8,
  tflops: '10',
  available: true,
  temperature: '40',
  utilization: '0',
}));
