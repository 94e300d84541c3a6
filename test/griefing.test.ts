import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCUMENT, textOf } from '../bench/griefing/documents.ts';
import { isOver, measure, type Row } from '../bench/griefing/measure.ts';
import { PLAYS } from '../bench/griefing/plays.ts';

describe('what it costs to hurt others', { timeout: 300_000 }, () => {
  const rows = PLAYS.map(measure);

  it('is what SECURITY.md says', () => {
    expect(readFileSync(new URL(`../${DOCUMENT}`, import.meta.url), 'utf8')).toContain(textOf(rows));
  });

  it('is never a hundredth of what it costs them', () => {
    expect(rows.filter(isOver)).toEqual([]);
    // The bound is one: with a coin more for each hundred that a victim loses, nothing is over.
    const [first] = rows;
    const at = (burned: bigint, lost: bigint): Row => ({ ...(first as Row), burned, lost, isCapture: false });
    expect([at(1n, 100n), at(1n, 101n), at(0n, 1n), at(-5n, 1n), at(0n, 0n)].map(isOver)).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });
});
