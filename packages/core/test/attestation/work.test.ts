import { ATTESTATION_LIMITS, type AttestationPrimitives, noblePrimitives } from '@aivm/core/attestation';
import { createMemoPrimitives, makeScopedManifest, makeWorstCases } from '@aivm/test-authority';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BYTES_PER_WORK, VERIFICATION_WORK } from '../../src/attestation/work.ts';
import { canonicalizeXml } from '../../src/attestation/xml/canonical.ts';
import { parseXml } from '../../src/attestation/xml/tree.ts';

const memo = createMemoPrimitives();

/** Counts what is asked for, in units of work. */
function createCounter(): { readonly primitives: AttestationPrimitives; readonly count: () => number } {
  let work = 0;
  const count = <P>(price: (parameters: P) => number, verify: (parameters: P) => boolean) => {
    return (parameters: P): boolean => {
      work += price(parameters);
      return verify(parameters);
    };
  };
  const { p256, p384, rsa, message } = VERIFICATION_WORK;
  return {
    count: () => work,
    primitives: {
      ...noblePrimitives,
      verifyEcdsa: count(({ curve }) => (curve === 'p256' ? p256 : p384), memo.verifyEcdsa),
      verifyRsaPss: count(() => rsa, memo.verifyRsaPss),
      verifyEd25519: count(() => message, noblePrimitives.verifyEd25519),
      verifySecp256k1: count(() => message, noblePrimitives.verifySecp256k1),
    },
  };
}

afterEach(() => vi.restoreAllMocks());

describe('what verification is charged for', () => {
  const cases = makeWorstCases();
  it.each(cases.map((one) => [one.name, one] as const))(
    '%s: the charge is what is done, up to a factor of two',
    (_name, { work, bytes, verify }) => {
      const { primitives, count } = createCounter();
      expect(verify(primitives)).toMatch(/^(?:ok|revoked)$/);
      const done = count() + bytes.xml / BYTES_PER_WORK.xml + bytes.der / BYTES_PER_WORK.der;
      expect(work).toBeGreaterThanOrEqual(Math.floor(done));
      expect(work).toBeLessThanOrEqual(2 * done);
    },
  );

  it('holds for inputs as large as they may be', () => {
    const bytes = new Map(cases.map((one) => [one.name, one.bytes]));
    expect(bytes.get('large manifest')?.xml).toBeGreaterThan(0.95 * ATTESTATION_LIMITS.rimBytesMax);
    expect(bytes.get('large list')?.der).toBeGreaterThan(0.9 * ATTESTATION_LIMITS.crlBytesMax);
  });

  it('a stranger below a genuine root costs one verification, however long the chain is', () => {
    const gpus = cases.find(({ name }) => name === '8 GPUs');
    const { primitives, count } = createCounter();
    const answers: boolean[] = [];
    const failing = {
      ...primitives,
      verifyEcdsa: (parameters: Parameters<AttestationPrimitives['verifyEcdsa']>[0]) => {
        primitives.verifyEcdsa(parameters);
        answers.push(false);
        return false;
      },
    };
    expect(gpus?.verify(failing)).toBe('chain');
    expect(answers).toHaveLength(1);
    expect(count()).toBe(VERIFICATION_WORK.p384);
  });
});

describe('canonical XML', () => {
  /** Entries that are put into maps for a document of so many elements. */
  function steps(elementCount: number): number {
    const root = parseXml(makeScopedManifest(elementCount, 40), 'RIM');
    const set = vi.spyOn(Map.prototype, 'set');
    canonicalizeXml(root);
    const { length } = set.mock.calls;
    set.mockRestore();
    return length;
  }

  it('takes no step for a declaration that an element only has in scope', () => {
    expect(steps(1_000)).toBe(steps(10));
    expect(steps(1_000)).toBeLessThan(100);
  });

  it('writes what the declarations in scope demand, also after an element that changed them', () => {
    const text = '<a xmlns="u" xmlns:p="1"><b xmlns:p="2"><p:c/></b><p:d/><e xmlns=""><f/></e><g/></a>';
    const root = parseXml(new TextEncoder().encode(text), 'XML');
    expect(new TextDecoder().decode(canonicalizeXml(root))).toBe(
      '<a xmlns="u" xmlns:p="1"><b xmlns:p="2"><p:c></p:c></b><p:d></p:d><e xmlns=""><f></f></e><g></g></a>',
    );
  });

  it('bounds elements and declarations of a document', () => {
    const code = (bytes: Uint8Array): string => {
      try {
        parseXml(bytes, 'RIM');
        return 'ok';
      } catch (error) {
        return String((error as { readonly code?: string }).code);
      }
    };
    expect(code(makeScopedManifest(1_900, 50))).toBe('ok');
    expect(code(makeScopedManifest(2_100, 5))).toBe('too_large');
    const declared = `<a>${'<b xmlns:p="1"/>'.repeat(65)}</a>`;
    expect(code(new TextEncoder().encode(declared))).toBe('too_large');
  });
});
