import { bytesToHex, bytesToUtf8 } from '@aivm/core/bytes';
import { stringifyJson } from '@aivm/sdk';

/** Bytes of an input or an output, and how the node shows them. */
export interface Payload {
  readonly bytes: Uint8Array;
  /** `json`, `int8` or `base64`. */
  readonly encoding: string | undefined;
  readonly value: unknown;
}

/** How bytes are shown to people. */
export interface ShownBytes {
  readonly form: 'text' | 'JSON' | 'integers' | 'tokens' | 'hex' | 'nothing';
  readonly text: string;
  /** Bytes or characters that were left out. */
  readonly cut: string | undefined;
}

/** Characters of text, and bytes of hex, that a page shows. */
const SHOWN_MAX = 4_000;
const HEX_BYTES_MAX = 512;
/** Beyond it JSON is not laid out, only cut. */
const LAYOUT_BYTES_MAX = 65_536;
const HEX_LINE = 32;

const cutText = (text: string, unit: string): Pick<ShownBytes, 'text' | 'cut'> =>
  text.length <= SHOWN_MAX
    ? { text, cut: undefined }
    : {
        text: text.slice(0, SHOWN_MAX),
        cut: `${(text.length - SHOWN_MAX).toLocaleString('en')} more ${unit}`,
      };

function hexOf(bytes: Uint8Array): ShownBytes {
  const shown = bytesToHex(bytes.subarray(0, HEX_BYTES_MAX));
  const lines = shown.match(new RegExp(`.{1,${HEX_LINE * 2}}`, 'g')) ?? [];
  const cut =
    bytes.length > HEX_BYTES_MAX
      ? `${(bytes.length - HEX_BYTES_MAX).toLocaleString('en')} more bytes`
      : undefined;
  return { form: 'hex', text: lines.map((line) => line.replace(/(.{8})(?!$)/g, '$1 ')).join('\n'), cut };
}

/** The unsigned integers of 32 bits that a text of a network is; undefined where the bytes are none. */
function tokensOf(bytes: Uint8Array): readonly number[] | undefined {
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = Math.min(bytes.length / 4, SHOWN_MAX);
  return Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true));
}

/** Tokens that are bytes of readable text. */
function textOfTokens(tokens: readonly number[]): string | undefined {
  if (tokens.some((token) => token > 0xff)) return undefined;
  const text = bytesToUtf8(Uint8Array.from(tokens));
  return text !== undefined && !/[^\P{Cc}\n\t\r]/u.test(text) ? text : undefined;
}

function networkText(bytes: Uint8Array): ShownBytes | undefined {
  const tokens = tokensOf(bytes);
  if (tokens === undefined) return undefined;
  const text = textOfTokens(tokens);
  if (text !== undefined) return { form: 'text', ...cutText(text, 'characters') };
  return tokens.every((token) => token < 0x100_0000)
    ? { form: 'tokens', ...cutText(tokens.join(' '), 'characters') }
    : undefined;
}

/**
 * Bytes of a stranger as text: bounded, and in the form in which they are meant. Nothing in it is markup.
 *
 * @param isNetwork whether they belong to an integer network, whose inputs may be text in tokens of four bytes
 */
export function showPayload({ bytes, encoding, value }: Payload, isNetwork: boolean): ShownBytes {
  if (bytes.length === 0) return { form: 'nothing', text: '', cut: undefined };
  if (isNetwork) {
    const text = networkText(bytes);
    if (text !== undefined) return text;
    const integers = Array.from(Int8Array.from(bytes.subarray(0, SHOWN_MAX)));
    return { form: 'integers', ...cutText(integers.join(' '), 'characters') };
  }
  if (encoding === 'int8' && Array.isArray(value))
    return { form: 'integers', ...cutText(value.slice(0, SHOWN_MAX).join(' '), 'characters') };
  const text = encoding === 'json' ? bytesToUtf8(bytes) : undefined;
  if (text === undefined) return hexOf(bytes);
  if (typeof value === 'string') return { form: 'text', ...cutText(value, 'characters') };
  const laidOut = bytes.length <= LAYOUT_BYTES_MAX ? stringifyJson(value, 2) : text;
  return { form: 'JSON', ...cutText(laidOut, 'characters') };
}
