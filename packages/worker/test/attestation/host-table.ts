import { concatBytes, hexToBytes } from '@aivm/core/bytes';

/** How hosts name the certificates that they hand over. */
export const GUID = {
  vcek: '63da758de6644564adc5f4b93be8accd',
  vlek: 'a8074bc2a25a483eaae639c045a0b8a1',
  ask: '4ab7b379bbac4fe4a02f05aef327c782',
  ark: 'c0b406a4a803495297433fb6014cd0ae',
} as const;

export const u32 = (value: number): Uint8Array =>
  Uint8Array.from([0, 8, 16, 24], (shift) => (value >>> shift) & 255);

/** A table as hosts lay it out. */
export function certificateTable(
  entries: readonly (readonly [guid: string, body: Uint8Array])[],
): Uint8Array {
  let offset = 24 * (entries.length + 1);
  const heads = entries.map(([guid, body]) => {
    const head = concatBytes(hexToBytes(guid), u32(offset), u32(body.length));
    offset += body.length;
    return head;
  });
  return concatBytes(...heads, new Uint8Array(24), ...entries.map(([, body]) => body), new Uint8Array(100));
}
