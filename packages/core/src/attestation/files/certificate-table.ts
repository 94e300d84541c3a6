import { bytesToHex } from '../../bytes/hex.ts';

const ENTRY_BYTES = 24;
const GUID_BYTES = 16;

/** Certificates that an AMD host hands over, leaf first. */
const GUIDS = [
  ['leaf', '63da758de6644564adc5f4b93be8accd'],
  ['leaf', 'a8074bc2a25a483eaae639c045a0b8a1'],
  ['authority', '4ab7b379bbac4fe4a02f05aef327c782'],
  ['root', 'c0b406a4a803495297433fb6014cd0ae'],
] as const;

/** The same number with its first three fields the other way round: hosts write both. */
const swapped = (hex: string): string => {
  const pairs = hex.match(/../g) ?? [];
  const at = (indexes: readonly number[]): string => indexes.map((i) => pairs[i] ?? '').join('');
  return at([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]);
};

const roleOf = (guid: string): string | undefined =>
  GUIDS.find(([, known]) => known === guid || swapped(known) === guid)?.[0];

/**
 * The chain in an extended guest report's table: entries of a GUID, an offset and a length (little-endian), ended by
 * zeros, then DER. Empty where the host hands no complete chain.
 */
export function readCertificateTable(table: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const found = new Map<string, Uint8Array>();
  for (let at = 0; at + ENTRY_BYTES <= table.length; at += ENTRY_BYTES) {
    const guid = bytesToHex(table.subarray(at, at + GUID_BYTES));
    if (/^0+$/.test(guid)) break;
    const role = roleOf(guid);
    const [offset, length] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true)];
    if (role === undefined || found.has(role) || offset + length > table.length) continue;
    found.set(role, table.slice(offset, offset + length));
  }
  const chain = ['leaf', 'authority', 'root'].map((role) => found.get(role));
  return chain.every((certificate) => certificate !== undefined) ? chain : [];
}
