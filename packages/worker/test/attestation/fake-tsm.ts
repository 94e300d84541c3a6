import { basename, dirname } from 'node:path';
import type { TsmFiles } from '../../src/attestation/configfs-tsm.ts';

/** The kernel's directory tree: making a directory opens a request, `outblob` is made when it is read. */
export interface FakeTsm extends TsmFiles {
  /** What was written to `inblob`, request by request. */
  readonly requests: Uint8Array[];
  /** Requests that are open. */
  readonly directories: ReadonlyMap<string, unknown>;
}

export interface FakeTsmOptions {
  readonly directory: string;
  readonly provider: string;
  /** The report over what was written to `inblob`; may throw as a busy driver does. */
  readonly report: (reportData: Uint8Array) => Uint8Array;
  /** Left out where the driver has none. */
  readonly auxiliary?: Uint8Array;
  /** Writes of others that `generation` counts, for each request. */
  readonly foreignWrites?: (request: number) => number;
}

/** An error as the file system gives it. */
export const fileError = (code: string): Error => Object.assign(new Error(code), { code });

const line = (text: string | number): Uint8Array => new TextEncoder().encode(`${text}\n`);

/** A kernel with one driver. */
export function createFakeTsm(options: FakeTsmOptions): FakeTsm {
  const directories = new Map<string, { generation: number; inblob: Uint8Array | undefined }>();
  const requests: Uint8Array[] = [];
  const requestAt = (path: string) => {
    const request = directories.get(dirname(path));
    if (request === undefined) throw fileError('ENOENT');
    return request;
  };
  return {
    requests,
    directories,
    mkdir: async (path) => {
      if (dirname(path) !== options.directory) throw fileError('ENOENT');
      if (directories.has(path)) throw fileError('EEXIST');
      directories.set(path, { generation: 0, inblob: undefined });
    },
    rmdir: async (path) => {
      if (!directories.delete(path)) throw fileError('ENOENT');
    },
    writeFile: async (path, data) => {
      const request = requestAt(path);
      if (basename(path) !== 'inblob') throw fileError('EACCES');
      if (data.length === 0 || data.length > 64) throw fileError('EINVAL');
      request.inblob = data.slice();
      requests.push(data.slice());
      request.generation += 1 + (options.foreignWrites?.(requests.length) ?? 0);
    },
    readFile: async (path) => {
      const { generation, inblob } = requestAt(path);
      switch (basename(path)) {
        case 'generation':
          return line(generation);
        case 'provider':
          return line(options.provider);
        case 'outblob':
          if (inblob === undefined) throw fileError('EINVAL');
          return options.report(inblob);
        case 'auxblob':
          if (options.auxiliary === undefined) throw fileError('ENOENT');
          return options.auxiliary;
        default:
          throw fileError('ENOENT');
      }
    },
  };
}
