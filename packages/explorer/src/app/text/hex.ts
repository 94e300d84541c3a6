import { bytesToHex } from '@aivm/core/bytes';

/** Bytes as 0x-hex. */
export const toHex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

/** The beginning and the end of a long hex text. */
export const shortHex = (hex: string, head = 8, tail = 6): string =>
  hex.length <= head + tail + 3 ? hex : `${hex.slice(0, head)}…${hex.slice(-tail)}`;
