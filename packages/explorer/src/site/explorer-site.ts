import { createHash } from 'node:crypto';
import { constants, gzipSync } from 'node:zlib';
import { readWeb } from './read-web.ts';

/** One file of the web app, as it is served. */
export interface ExplorerFile {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The same, gzipped; absent where that is no shorter. */
  readonly gzip: Uint8Array<ArrayBuffer> | undefined;
  /** In quotes, as the header has it. */
  readonly etag: string;
  /** Whether the name changes with the contents, so that a browser may keep the file for ever. */
  readonly isImmutable: boolean;
}

/** The web app. */
export interface ExplorerSite {
  /** A file by its name below the app's address; '' is the page. Undefined for a name that is none. */
  file(name: string): Promise<ExplorerFile | undefined>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};
const PAGE = 'index.html';
const ETAG_LENGTH = 24;

function createFile(name: string, contents: Uint8Array): ExplorerFile {
  const body = Uint8Array.from(contents);
  const gzip = Uint8Array.from(gzipSync(body, { level: constants.Z_BEST_COMPRESSION }));
  const extension = name.slice(name.lastIndexOf('.') + 1);
  return {
    type: TYPES[extension] ?? 'application/octet-stream',
    body,
    gzip: gzip.length < body.length ? gzip : undefined,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, ETAG_LENGTH)}"`,
    isImmutable: /-[A-Z0-9]{8}\.(?:js|css)$/.test(name),
  };
}

async function loadFiles(): Promise<ReadonlyMap<string, ExplorerFile>> {
  const web = await readWeb();
  return new Map([...web].map(([name, contents]) => [name, createFile(name, contents)]));
}

/**
 * The explorer as files in memory. They are read, and in a checkout bundled, when the first of them is asked for, so that
 * a node whose explorer nobody opens pays nothing.
 *
 * @example await createExplorerSite().file('no-such-file') // undefined
 */
export function createExplorerSite(): ExplorerSite {
  let files: Promise<ReadonlyMap<string, ExplorerFile>> | undefined;
  return {
    file: async (name) => {
      if (files === undefined) {
        files = loadFiles();
        // A failure is told to who asked, and the next one tries again.
        files.catch(() => {
          files = undefined;
        });
      }
      return (await files).get(name === '' ? PAGE : name);
    },
  };
}
