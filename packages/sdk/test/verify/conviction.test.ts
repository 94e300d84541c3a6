import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { namedHash } from '@aivm/core/crypto';
import {
  createHashTree,
  createNetwork,
  createWitness,
  parseNetworkHeader,
  runNetwork,
  traceTree,
} from '@aivm/core/network';
import { describe, expect, it } from 'vitest';
import { serializeConviction, verifyConviction } from '../../src/verify/conviction.ts';

const fileOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../../../models/digits/${name}`, import.meta.url))));

/** A conviction of a provider that answered the digits model with one wrong score; `isLie` false: of an honest one. */
function makeConviction(isLie: boolean) {
  const headerBytes = fileOf('digits.header');
  const header = parseNetworkHeader(headerBytes);
  const blob = fileOf('digits.blob');
  const network = createNetwork(header, { T: 1, N: 0 });
  const input = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff);
  const task = { bytes: input, tokens: new Uint32Array(0) };
  const honest = runNetwork(network, blob, task).bytes;
  const bytes = isLie ? honest.with(256, honest[256]! ^ 1) : honest;
  const tree = traceTree(network, { bytes });
  const blobTree = createHashTree({ name: 'Blob', rows: 0 }, [blob]);
  const place = { leaf: 2, element: 0 };
  const witness = createWitness(network, task, place, { bytes, tree }, { bytes: blob, tree: blobTree });
  return {
    version: 1,
    genesisHash: new Uint8Array(32),
    taskId: 't-1',
    provider: 'liar',
    challenger: new Uint8Array(20),
    decidedAtHeight: 12,
    header: headerBytes,
    weightHash: blobTree.root,
    input,
    output: bytes.slice(256, 266),
    root: tree.root,
    ...witness,
  };
}

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
