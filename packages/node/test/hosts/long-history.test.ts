import { describe, it } from 'vitest';
import { playLongHistory } from './host-compliance.ts';
import { HOSTS } from './hosts-under-test.ts';

/** AIVM_HISTORY_BLOCKS asks for more: 10,000 take minutes a host. */
const HISTORY_BLOCKS = Number(process.env.AIVM_HISTORY_BLOCKS ?? 2_000);

describe('a long history', () => {
  it.each(HOSTS.map(([host]) => host))(
    `of ${HISTORY_BLOCKS} blocks is made and opened by $name`,
    (host) => playLongHistory(host, HISTORY_BLOCKS),
    600_000,
  );
});
