/** `ok`: there and working. `absent`: not there, and only what needs it is missing. `faulty`: there, and of no use as it is. */
export type FindingState = 'ok' | 'absent' | 'faulty';

/** What was found out about one part of a machine. */
export interface Finding {
  readonly part: string;
  readonly state: FindingState;
  /** What was found: a version, a path, the reason why it is of no use. */
  readonly found: string;
  /** What the part is for. */
  readonly purpose: string;
  /** How to get it or mend it, where it is not `ok`. */
  readonly remedy?: string;
}

/** One part of a machine to look at. */
export interface Check {
  readonly part: string;
  readonly purpose: string;
  /** @returns what was found. @throws anything, its message being the reason why the part is of no use */
  readonly look: () => Promise<Omit<Finding, 'part' | 'purpose'>>;
}

/** Looks at one part; whatever is thrown is a finding. */
export async function runCheck({ part, purpose, look }: Check): Promise<Finding> {
  try {
    return { part, purpose, ...(await look()) };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { part, purpose, state: 'faulty', found };
  }
}
