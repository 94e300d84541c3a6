import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { AivmError, type ErrorCode } from '@aivm/core/errors';
import { placeOfCollateral } from '@aivm/core/execute';
import { CollateralKind, type CollateralSlot } from '@aivm/core/state';
import { makeList, makeRims, NOW, SNP_TEST_ROOT } from '@aivm/test-authority';
import { expect, it } from 'vitest';
import { publishDocuments } from '../../src/attestation/publish-documents.ts';

const NONE = new Uint8Array();
const manifest = () => ({
  documentKind: CollateralKind.manifest,
  body: makeRims()[0] ?? NONE,
  signature: NONE,
  chain: [],
});
const list = (from: number) => ({
  documentKind: CollateralKind.revocationList,
  body: makeList({ issuer: SNP_TEST_ROOT, from }),
  signature: NONE,
  chain: [SNP_TEST_ROOT.der],
});
type Document = Parameters<typeof publishDocuments>[0][number];

/** A chain that holds these documents; `refuse` is what it answers to one more. */
function openChain(
  held: readonly Document[],
  refuse?: { readonly code: ErrorCode; readonly after: Document },
) {
  const slots = new Map<string, CollateralSlot>();
  const put = (document: Document) => {
    const { slot, date, validUntil } = placeOfCollateral(document);
    const size = document.body.length;
    slots.set(bytesToHex(slot), { date, validFrom: 0, validUntil, size, revokedSince: 0 });
  };
  held.forEach(put);
  const sent: Document[] = [];
  const options = {
    node: { getDocument: async (slot: Uint8Array) => slots.get(bytesToHex(slot)) },
    sender: {
      address: new Uint8Array(20),
      send: async (operation: unknown) => {
        sent.push(operation as Document);
        if (refuse === undefined) return { height: 1 };
        put(refuse.after);
        throw new AivmError(refuse.code, 'refused');
      },
    },
    signal: new AbortController().signal,
  } as unknown as Parameters<typeof publishDocuments>[1];
  return { sent, publish: (documents: readonly Document[]) => publishDocuments(documents, options) };
}

it('cites what is there in other bytes, and sends nothing', async () => {
  const text = new TextDecoder().decode(manifest().body);
  const padding = ' '.repeat(3_000);
  const body = utf8ToBytes(text.replace('</ds:SignatureValue>', `${padding}</ds:SignatureValue>`));
  const { sent, publish } = openChain([{ ...manifest(), body }]);
  const { manifests } = await publish([manifest(), manifest()]);
  expect(sent).toEqual([]);
  expect(manifests.map(({ slot }) => slot)).toEqual([placeOfCollateral(manifest()).slot]);
  expect(manifests[0]?.size).toBeGreaterThanOrEqual(body.length);
});

it('cites a newer list than its own, and replaces an older one', async () => {
  const held = openChain([list(NOW)]);
  expect((await held.publish([list(NOW - 10)])).lists).toHaveLength(1);
  expect(held.sent).toHaveLength(0);
  await held.publish([list(NOW + 10)]);
  expect(held.sent).toHaveLength(1);
});

it.each<ErrorCode>(['duplicate', 'attestation_collateral_mismatch'])(
  'goes on where somebody else was first: %s',
  async (code) => {
    const { publish, sent } = openChain([], { code, after: list(NOW + 1) });
    expect((await publish([list(NOW)])).lists).toHaveLength(1);
    expect(sent).toHaveLength(1);
  },
);

it('fails where its own document is no good', async () => {
  const { publish } = openChain([], { code: 'attestation_signature', after: list(NOW + 1) });
  await expect(publish([list(NOW)])).rejects.toThrow('refused');
});
