import { namedHash } from '@aivm/core/crypto';
import { describe, expect, it } from 'vitest';
import { serializeConviction, verifyConviction } from '../../src/verify/conviction.ts';
import { makeConviction } from '../support/make-conviction.ts';

describe('a conviction file', () => {
  it('shows by itself that a committed element is wrong', () => {
    const verdict = verifyConviction(serializeConviction(makeConviction(true)));
    expect(verdict).toMatchObject({
      isRight: false,
      operator: 'dense_shift',
      unit: { tensor: 2, element: 0 },
    });
    expect(verdict.committed[0]! ^ verdict.right[0]!).toBe(1);
  });

  it('of an honest provider shows that its element is right', () => {
    expect(verifyConviction(serializeConviction(makeConviction(false))).isRight).toBe(true);
  });

  it('is refused with any byte changed', () => {
    const file = serializeConviction(makeConviction(true));
    for (let at = 0; at < file.length; at++) {
      const changed = Uint8Array.from(file);
      changed[at] = changed[at]! ^ 1;
      expect(() => verifyConviction(changed), `byte ${at}`).toThrow();
    }
  });

  it('is refused with a byte of its proof changed, though the hash at its end is made anew', () => {
    const conviction = makeConviction(true);
    for (const member of [
      'root',
      'weightHash',
      'traceLeaves',
      'traceSiblings',
      'blobLeaves',
      'blobSiblings',
    ] as const) {
      const bytes = conviction[member];
      for (let at = 0; at < bytes.length; at += 7) {
        const changed = serializeConviction({ ...conviction, [member]: bytes.with(at, bytes[at]! ^ 1) });
        expect(() => verifyConviction(changed), `${member} ${at}`).toThrow();
      }
    }
    expect(namedHash('Conviction', new Uint8Array(1))).toHaveLength(32);
  });
});
