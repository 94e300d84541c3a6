/** Who plays in the redundant demo, and with which development account. */
export const REDUNDANT_CAST = {
  requester: { account: 0 },
  honest: [
    { id: 'honest-1', account: 1 },
    { id: 'honest-2', account: 2 },
    { id: 'honest-3', account: 3 },
    { id: 'honest-4', account: 4 },
    { id: 'honest-5', account: 5 },
  ],
  /** Commits to the opposite of every answer. */
  liar: { id: 'liar', account: 6 },
  /** Takes its seats and never commits. */
  absent: { id: 'absent', account: 7 },
  /** Commits to the right answer and never shows it. */
  withholder: { id: 'withholder', account: 8 },
  /** Computes nothing: commits to what an honest member committed to. */
  copier: { id: 'copier', account: 9 },
} as const;

/** Every provider, honest or not. */
export const REDUNDANT_PROVIDERS = [
  ...REDUNDANT_CAST.honest,
  REDUNDANT_CAST.liar,
  REDUNDANT_CAST.absent,
  REDUNDANT_CAST.withholder,
  REDUNDANT_CAST.copier,
] as const;

/** M of N of every task. */
export const REDUNDANT_SEATS = { mode: 1, m: 3, n: 5 } as const;
