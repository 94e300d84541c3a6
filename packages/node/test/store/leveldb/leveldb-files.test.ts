import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLevelDirectory } from '../../../src/store/leveldb/check-directory.ts';
import { checkLog } from '../../../src/store/leveldb/check-log.ts';
import { checkTable } from '../../../src/store/leveldb/check-table.ts';
import { crc32c } from '../../../src/store/leveldb/crc32c.ts';
import { FileDamage } from '../../../src/store/leveldb/damage.ts';
import { unpackSnappy } from '../../../src/store/leveldb/snappy.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** A database of LevelDB's own making: tables that are packed and not, a log with pieces over several blocks. */
async function writeDatabase(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'aivm-node-test-'));
  const database = new ClassicLevel<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    writeBufferSize: 64 * 1024,
  });
  await database.open();
  for (let i = 0; i < 400; i++) {
    const key = new TextEncoder().encode(`key-${String(i).padStart(6, '0')}`);
    const value = new Uint8Array(900)
      .fill(i % 3 === 0 ? 7 : 0)
      .map((byte, at) => (i % 3 === 0 ? byte : (at * i * 37) % 251));
    await database.put(key, value, { sync: i % 50 === 0 });
  }
  await database.put(
    new Uint8Array([1]),
    new Uint8Array(100_000).map((_, at) => (at * 31) % 253),
    { sync: true },
  );
  await database.put(new Uint8Array([2]), Uint8Array.of(1, 2, 3), { sync: true });
  await database.close();
  return directory;
}

/** A log with pieces over several blocks: a database whose writes were never merged into a table. */
async function writeLog(): Promise<Uint8Array> {
  const directory = temporaryDirectory();
  const database = new ClassicLevel<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  await database.open();
  for (let i = 0; i < 40; i++) await database.put(Uint8Array.of(0, i), new Uint8Array(900).fill(i + 1));
  const long = new Uint8Array(100_000).map((_, at) => 1 + ((at * 31) % 253));
  await database.put(new Uint8Array([1]), long, { sync: true });
  await database.put(new Uint8Array([2]), Uint8Array.of(1, 2, 3), { sync: true });
  await database.close();
  const name = readdirSync(directory).find((one) => one.endsWith('.log')) ?? '';
  return new Uint8Array(readFileSync(join(directory, name)));
}

const isChecked = (name: string): boolean => /^(?:\d+\.(?:ldb|sst|log)|MANIFEST-\d+|CURRENT)$/.test(name);

describe('crc32c', () => {
  it.each([
    ['123456789', 0xe3069283],
    ['', 0],
    ['a', 0xc1d04330],
  ])('of "%s" is the published value', (text, expected) => {
    expect(crc32c(new TextEncoder().encode(text))).toBe(expected);
  });

  it('gives the same from any start as bit by bit', () => {
    const slow = (bytes: Uint8Array): number => {
      let crc = 0xffffffff;
      for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
      }
      return ~crc >>> 0;
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), (bytes, from) => {
        const start = Math.min(from, bytes.length);
        expect(crc32c(bytes, start)).toBe(slow(bytes.subarray(start)));
      }),
    );
  });
});

describe('unpackSnappy', () => {
  it('unpacks literals and copies that overlap', () => {
    // "ab", then four bytes from two back, twice: abababab ab.
    const packed = Uint8Array.of(10, 0x04, 0x61, 0x62, 0x01, 0x02, 0x01, 0x02);
    expect(new TextDecoder().decode(unpackSnappy(packed))).toBe('ababababab');
  });

  it('refuses any other bytes and never does anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          unpackSnappy(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FileDamage);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the files of a database', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await writeDatabase();
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const files = (): readonly string[] => readdirSync(directory).filter(isChecked);

  it('are sound as LevelDB wrote them', async () => {
    expect(files().some((name) => name.endsWith('.ldb'))).toBe(true);
    await expect(checkLevelDirectory(directory)).resolves.toBeUndefined();
  });

  it('are damaged by any flipped bit, and the file is named', async () => {
    const names = files();
    await fc.assert(
      fc.asyncProperty(fc.nat(names.length - 1), fc.nat(), fc.nat(7), async (file, at, bit) => {
        const name = names[file] ?? '';
        const path = join(directory, name);
        const before = readFileSync(path);
        if (before.length === 0) return;
        const bytes = Buffer.from(before);
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
        writeFileSync(path, bytes);
        await expect(checkLevelDirectory(directory), `${name}, bit ${bit} of byte ${index}`).rejects.toThrow(
          name,
        );
        writeFileSync(path, before);
      }),
      { numRuns: 300 },
    );
  });

  it('are damaged by a cut table or manifest entry', async () => {
    const copy = temporaryDirectory();
    cpSync(directory, copy, { recursive: true });
    const table = files().find((name) => name.endsWith('.ldb')) ?? '';
    truncateSync(join(copy, table), readFileSync(join(copy, table)).length - 100);
    await expect(checkLevelDirectory(copy)).rejects.toThrow(new RegExp(`${table}: .*cut or overwritten`));
    expect(() => checkTable(new Uint8Array(10))).toThrow('10 bytes, a table has at least 48');
  });

  it('may end in a write that a crash cut short, and in nothing else', async () => {
    const log = await writeLog();
    expect(log.length).toBeGreaterThan(32_768);
    for (const kept of [log.length - 1, log.length - 12, 40_000, 32_768, 32_770, 3, 0]) {
      expect(() => checkLog(log.subarray(0, kept)), `${kept} bytes`).not.toThrow();
    }
    // A sector that never reached the disk, at the end; the same with a sound record behind it is damage.
    const torn = log.slice(0, log.length - 20);
    torn.fill(0, Math.floor((torn.length - 1_200) / 512) * 512);
    expect(() => checkLog(torn)).not.toThrow();
    const hole = log.slice();
    hole.fill(0, 33_280, 33_792);
    expect(() => checkLog(hole)).toThrow(FileDamage);
    const size = log.slice();
    const last = size.length - 3 - 23;
    size[last] = (size[last] ?? 0) ^ 1;
    expect(() => checkLog(size)).toThrow(FileDamage);
  });
});
