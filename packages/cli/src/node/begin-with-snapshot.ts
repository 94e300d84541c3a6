import { bytesToHex } from '@aivm/core/bytes';
import { type BeginOptions, beginWithSnapshot, installCrypto } from '@aivm/node';
import type { Output } from '../output.ts';
import { claimDataDirectory } from './directory-identity.ts';
import { keepGenesis } from './genesis-file.ts';

const NOTE_EVERY_MS = 1_000;

/** Which directory begins with which snapshot. */
export interface BeginInDirectoryOptions extends Pick<BeginOptions, 'trusted' | 'from'> {
  readonly dataDir: string;
  /** JSON text. */
  readonly genesis: string;
}

/** As `beginWithSnapshot`, in a directory that is claimed and keeps its genesis; says how far it is. */
export async function beginInDirectory(options: BeginInDirectoryOptions, output: Output): Promise<number> {
  const { dataDir, genesis, trusted, from } = options;
  // The chain goes on elsewhere, as far as anybody knows: only --adopt makes blocks on it.
  await claimDataDirectory(dataDir, { follows: true });
  await keepGenesis(dataDir, genesis);
  installCrypto();
  let shownAt = performance.now();
  const height = await beginWithSnapshot({
    dataDir,
    genesis,
    trusted,
    from,
    onChunk: ({ index, count }) => {
      if (performance.now() - shownAt < NOTE_EVERY_MS) return;
      shownAt = performance.now();
      output.note(`chunk ${index + 1}/${count}`);
    },
  });
  output.line(
    height === trusted.height
      ? `begins with the state of block ${height}, 0x${bytesToHex(trusted.id)}`
      : `${dataDir} is at height ${height} already and takes no snapshot`,
  );
  return height;
}
