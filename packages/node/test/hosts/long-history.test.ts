import { describe, it } from 'vitest';
import { playLongHistory } from './host-compliance.ts';
import { HOSTS } from './hosts-under-test.ts';

const HISTORY_BLOCKS = 10_000;

describe('a long history', () => {
  it.each(HOSTS.map(([host]) => host))(
    `of ${HISTORY_BLOCKS} blocks is made and opened by $name`,
    (host) => playLongHistory(host, HISTORY_BLOCKS),
    600_000,
  );
});
