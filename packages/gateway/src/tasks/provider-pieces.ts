import type { OutputPiece } from '@aivm/sdk';
import type { AddressGuard } from './address-guard.ts';
import type { OpenPieces } from './stream-answer.ts';

/** Pieces as text: the bytes that tokens are, up to an end token. */
function createPieceText(endTokens: readonly number[]): (piece: OutputPiece) => string {
  const decoder = new TextDecoder();
  let isEnded = false;
  return (piece) => {
    if ('text' in piece) return piece.text;
    const end = piece.tokens.findIndex((token) => endTokens.includes(token));
    const tokens = end < 0 ? piece.tokens : piece.tokens.slice(0, end);
    if (isEnded) return '';
    isEnded = end >= 0;
    return decoder.decode(Uint8Array.from(tokens), { stream: true });
  };
}

/** Opens the stream of the provider that was drawn for a task. */
export const createOpenPieces = (guard: AddressGuard): OpenPieces =>
  async function* ({ connection, task }, signal) {
    const textOf = createPieceText(task.model.network?.endTokens ?? []);
    for await (const piece of connection.streamTask(task.id, { signal, ...guard })) {
      const text = textOf(piece);
      if (text !== '') yield text;
    }
  };
