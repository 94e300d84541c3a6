import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { AivmError } from '@aivm/core/errors';

const NAME = 'cometbft';
/** What was run with this program. */
const TESTED_VERSION = 'v0.38.26';
const VERSION = /^v?0\.38\.\d+/;
const TIMEOUT_MS = 20_000;

/** How to get CometBFT. */
export const INSTALL_COMETBFT = `it needs Go and some minutes: CGO_ENABLED=0 go install github.com/cometbft/cometbft/cmd/cometbft@${TESTED_VERSION}, which puts it into ~/go/bin; or name it with --cometbft PATH`;

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

const versionOf = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(path, ['version'], { timeout: TIMEOUT_MS }, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else reject(new AivmError('not_supported', `${path} version: ${error.message}`, { cause: error }));
    });
  });

/** A CometBFT that can be started. */
export interface FoundEngine {
  readonly path: string;
  readonly version: string;
}

/**
 * CometBFT v0.38: where the command line says, on the path, or where Go installs programs.
 * @throws AivmError `not_found` with how to get it, `not_supported` for another version.
 */
export async function findEngine(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FoundEngine> {
  const folders = [
    ...(env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
    env.GOBIN ?? join(env.GOPATH ?? join(env.HOME ?? homedir(), 'go'), 'bin'),
  ];
  const places = named === undefined ? folders.map((folder) => join(folder, NAME)) : [named];
  for (const path of places) {
    if (!(await isProgram(path))) continue;
    const version = await versionOf(path);
    if (VERSION.test(version)) return { path, version };
    throw new AivmError(
      'not_supported',
      `${path} is CometBFT ${version}; this program needs v0.38: ${INSTALL_COMETBFT}`,
    );
  }
  const where = named === undefined ? 'CometBFT is not installed' : `no program at ${named}`;
  throw new AivmError('not_found', `${where}: ${INSTALL_COMETBFT}`);
}
