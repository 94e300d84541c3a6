import { randomBytes } from 'node:crypto';

/** Ids of requests: a word that is new in every process, and a count, so that one finds a line in a log of many runs. */
export function createRequestIds(): () => string {
  const word = randomBytes(4).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${word}-${count}`;
  };
}
