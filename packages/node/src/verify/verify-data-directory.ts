import { existsSync } from 'node:fs';
import { activeBackend } from '@aivm/backends';
import { AivmError } from '@aivm/core/errors';
import { installCrypto } from '../crypto/install-crypto.ts';
import { parseImpersonated } from '../local/impersonation.ts';
import { databaseDirectory, type GenesisSource, readGenesis } from '../local/open-node.ts';
import { ClassicLevelStore } from '../store/classic-level-store.ts';
import { type DatabaseReport, type VerifyDatabaseOptions, verifyDatabase } from './verify-database.ts';

/** What verifying a data directory takes. */
export interface VerifyDataDirectoryOptions
  extends Pick<VerifyDatabaseOptions, 'onProgress' | 'supplyEveryBlocks' | 'signal'> {
  readonly dataDir: string;
  readonly genesis: GenesisSource;
}

/**
 * As {@link verifyDatabase}, for the database of a data directory that no node uses meanwhile. Changes nothing.
 * @throws AivmError also `data_dir_locked` and `store_unavailable`.
 */
export async function verifyDataDirectory(options: VerifyDataDirectoryOptions): Promise<DatabaseReport> {
  const { dataDir, genesis, ...rest } = options;
  installCrypto();
  const directory = databaseDirectory(dataDir);
  if (!existsSync(directory)) throw new AivmError('data_dir_corrupt', `${dataDir}: holds no database`);
  const store = await ClassicLevelStore.open(directory);
  try {
    const parsed = readGenesis(genesis);
    return await verifyDatabase({
      ...rest,
      store,
      genesis: parsed,
      location: dataDir,
      engine: {
        kernels: () => activeBackend().backend,
        // A development chain may carry what nobody signed; no other chain does.
        ...(parsed.params.development
          ? { parseTransaction: (bytes: Uint8Array) => parseImpersonated(bytes, () => true) }
          : {}),
      },
    });
  } finally {
    await store.close();
  }
}
