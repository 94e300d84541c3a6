import { type FileHandle, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { bytesToUtf8, equalBytes, utf8ToBytes } from '@aivm/core/bytes';
import { type Anchor, anchorToJson, parseAnchor, parseJson, stringifyJson } from '@aivm/sdk';
import { type AnchorSink, AnchorSinkError } from './anchor-sink.ts';
import { signedToShape } from './validators/signed-shape.ts';

const NEWLINE = 0x0a;
/** More than two lines: an anchor is about 1.1 KiB of JSON, and 0.4 KiB for each of at most 1,000 validators. */
const TAIL_BYTES = 1_048_576;
const LINE_BYTES_MAX = TAIL_BYTES / 2;

interface OpenFile {
  readonly handle: FileHandle;
  last: Anchor | undefined;
}

/**
 * A file of anchors, one JSON object a line, appended and synced. A line that a crash cut off is removed when the file
 * is opened again. The file is its own cursor: with another file it begins at the first anchor.
 */
export function createFileSink(path: string): AnchorSink {
  const absolute = resolve(path);
  let file: OpenFile | undefined;
  const close = async (): Promise<void> => {
    const { handle } = file ?? {};
    file = undefined;
    await handle?.close();
  };
  return {
    kind: 'file',
    destination: `file:${absolute}`,
    next: async () => {
      await close();
      file = await openRepaired(absolute);
      return file.last === undefined ? 0 : Number(file.last.number) + 1;
    },
    deliver: async (anchor, _signal, endorsement) => {
      file ??= await openRepaired(absolute);
      if (file.last !== undefined && equalBytes(file.last.id, anchor.id)) return;
      assertExtends(anchor, file.last);
      const signatures = endorsement && signedToShape(endorsement.signed);
      const line = utf8ToBytes(`${stringifyJson(anchorToJson(anchor, signatures))}\n`);
      const { handle } = file;
      const { bytesWritten } = await handle.write(line);
      if (bytesWritten !== line.length)
        throw new AnchorSinkError(`wrote ${bytesWritten} of ${line.length} bytes`);
      await handle.datasync();
      file.last = anchor;
    },
    close,
  };
}

function assertExtends(anchor: Anchor, last: Anchor | undefined): void {
  const expected = last === undefined ? 0n : last.number + 1n;
  if (anchor.number !== expected)
    throw new AnchorSinkError(`the file expects anchor ${expected}, not ${anchor.number}`);
  if (last === undefined) return;
  if (last.chain_id !== anchor.chain_id) throw new AnchorSinkError(`the file is of chain ${last.chain_id}`);
  if (!equalBytes(last.commit_root, anchor.parent_root)) {
    throw new AnchorSinkError(
      `the file's anchor ${last.number} is not the one that anchor ${anchor.number} extends`,
    );
  }
}

async function openRepaired(path: string): Promise<OpenFile> {
  // Reads and appends; made where it is missing, readable by all: anchors are public.
  const handle = await open(path, 'a+');
  try {
    const { size } = await handle.stat();
    if (size === 0) await syncDirectory(dirname(path));
    const from = Math.max(0, size - TAIL_BYTES);
    const tail = new Uint8Array(size - from);
    await handle.read(tail, 0, tail.length, from);
    const end = tail.lastIndexOf(NEWLINE) + 1;
    if (end === 0 && from > 0)
      throw new AnchorSinkError('the file ends in something that is no line of anchors');
    // Whether it is a file of anchors is known before anything of it is cut.
    const last =
      end === 0 ? undefined : parseLine(tail.subarray(tail.lastIndexOf(NEWLINE, end - 2) + 1, end - 1));
    if (end < tail.length) {
      assertCutLine(tail.subarray(end), from + end);
      await handle.truncate(from + end);
      await handle.datasync();
    }
    return { handle, last };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** How every line begins: a crash can only cut its end. */
const LINE_START = utf8ToBytes('{"chain_id":');

/** @throws AnchorSinkError unless `rest`, at `offset`, is the beginning of a line of this sink's own making. */
function assertCutLine(rest: Uint8Array, offset: number): void {
  const size = Math.min(rest.length, LINE_START.length);
  const isOurs =
    rest.length < LINE_BYTES_MAX && equalBytes(rest.subarray(0, size), LINE_START.subarray(0, size));
  if (!isOurs)
    throw new AnchorSinkError(
      `what the file holds at byte ${offset} is no line of anchors; nothing was changed`,
    );
}

function parseLine(line: Uint8Array): Anchor {
  try {
    return parseAnchor(parseJson(bytesToUtf8(line) ?? ''));
  } catch (cause) {
    throw new AnchorSinkError('the last line of the file is not an anchor', { cause });
  }
}

/** A new name is durable only with its directory. Some systems cannot sync one; they need not. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}
