import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Anchor, anchorToShape, parseAnchor, parseJson } from '@aivm/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AnchorOrigin } from '../../src/anchors/anchor-sink.ts';
import { createFileSink } from '../../src/anchors/file-sink.ts';
import { openAnchoredChain } from '../support/anchored-chain.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const signal = new AbortController().signal;

describe('the file sink', () => {
  let anchors: readonly Anchor[];
  let origin: AnchorOrigin;

  beforeAll(async () => {
    const { outbox, anchor } = await openAnchoredChain();
    await anchor(5);
    origin = outbox.origin;
    anchors = Array.from({ length: 5 }, (_, i) => anchorToShape(outbox.get(i)!));
  });

  const lines = (path: string): Anchor[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => parseAnchor(parseJson(line)));

  async function filled(count: number): Promise<string> {
    const path = join(temporaryDirectory(), 'anchors.jsonl');
    const sink = createFileSink(path);
    expect(await sink.next(origin, signal)).toBe(0);
    for (const anchor of anchors.slice(0, count)) await sink.deliver(anchor, signal);
    await sink.close();
    return path;
  }

  it('appends one line for each, and goes on after a restart', async () => {
    const path = await filled(2);
    const sink = createFileSink(path);
    expect(await sink.next(origin, signal)).toBe(2);
    await sink.deliver(anchors[1]!, signal);
    await sink.deliver(anchors[2]!, signal);
    await sink.close();
    await sink.close();
    expect(lines(path)).toEqual(anchors.slice(0, 3));
  });

  it.each([
    ['one line without an end', 'ssh-ed25519 AAAA precious, no newline at the end'],
    ['JSON of another kind', '{"number":1}\nsecret = 1'],
    ['JSON that was cut off', '{"number":1'],
  ])('refuses %s and changes nothing in it', async (_, text) => {
    const path = join(temporaryDirectory(), 'precious');
    writeFileSync(path, text);
    await expect(createFileSink(path).next(origin, signal)).rejects.toThrow(/anchor/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('repairs a last line that was cut off anywhere', async () => {
    const whole = readFileSync(await filled(3));
    const lineStart = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let size = lineStart; size < whole.length; size += 37) {
      const path = join(temporaryDirectory(), 'anchors.jsonl');
      writeFileSync(path, whole);
      truncateSync(path, size);
      const sink = createFileSink(path);
      expect(await sink.next(origin, signal)).toBe(2);
      await sink.deliver(anchors[2]!, signal);
      await sink.close();
      expect(readFileSync(path)).toEqual(whole);
    }
  });

  it('refuses what does not extend the file, and a file of something else', async () => {
    const sink = createFileSink(await filled(2));
    await expect(sink.deliver(anchors[3]!, signal)).rejects.toThrow(/expects anchor 2, not 3/);
    const stray = { ...anchors[2]!, parent_root: new Uint8Array(32).fill(1) };
    await expect(sink.deliver(stray, signal)).rejects.toThrow(/not the one that anchor 2 extends/);
    const foreign = { ...anchors[2]!, chain_id: 8n };
    await expect(sink.deliver(foreign, signal)).rejects.toThrow(/of chain 7/);
    await sink.close();

    const path = join(temporaryDirectory(), 'notes.txt');
    writeFileSync(path, 'something else\n');
    await expect(createFileSink(path).next(origin, signal)).rejects.toThrow(/not an anchor/);
    writeFileSync(path, 'x'.repeat(100_000));
    await expect(createFileSink(path).next(origin, signal)).rejects.toThrow(/no line of anchors/);
    expect(readFileSync(path)).toHaveLength(100_000);
  });

  it('finds a changed member in its last line', async () => {
    const path = await filled(2);
    const text = readFileSync(path, 'utf8');
    const at = text.lastIndexOf('"receipt_count":0');
    writeFileSync(path, `${text.slice(0, at)}"receipt_count":1${text.slice(at + 17)}`);
    await expect(createFileSink(path).next(origin, signal)).rejects.toThrow(/not an anchor/);
  });

  it('begins anew with another file', async () => {
    const path = await filled(2);
    const sink = createFileSink(`${path}.2`);
    expect(await sink.next(origin, signal)).toBe(0);
    await expect(sink.deliver(anchors[1]!, signal)).rejects.toThrow(/expects anchor 0/);
    await sink.close();
    appendFileSync(path, '');
    expect(lines(path)).toHaveLength(2);
  });

  it('says that it cannot write where it cannot', async () => {
    const sink = createFileSink(join(temporaryDirectory(), 'missing', 'anchors.jsonl'));
    await expect(sink.next(origin, signal)).rejects.toThrow(/ENOENT/);
  });
});
