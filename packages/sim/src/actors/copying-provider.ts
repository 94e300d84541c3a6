import { readPanel, readSeat, SeatStatus } from '@aivm/core/state';
import type { View } from './actor.ts';
import { ProviderActor } from './provider-kit.ts';

/** The commitment of another seat of the panel, if there is one already. */
function commitmentToCopy(view: View, taskId: string, own: string): Uint8Array | undefined {
  const panel = readPanel(view.state, taskId);
  for (let position = 0; position < (panel?.n ?? 0); position++) {
    const seat = readSeat(view.state, taskId, position);
    if (seat !== undefined && seat.provider !== own && seat.status !== SeatStatus.drawn)
      return seat.commitment;
  }
  return undefined;
}

/** Computes nothing: it commits to another seat's commitment and tries to reveal what the other revealed. */
export const copyingProvider = (id: string): ProviderActor =>
  new ProviderActor({
    kind: 'copying-provider',
    isHonest: false,
    id,
    habits: {
      commitment: (view, task, own) => {
        const copied = commitmentToCopy(view, task.id, id);
        if (copied !== undefined) view.note('copy');
        return copied ?? own;
      },
      also: (view, _provider, me) => {
        for (const { tx, code } of view.transactions) {
          if (tx.operation.kind !== 'revealResult' || code !== '' || tx.operation.provider === id) continue;
          const reveal = { ...tx.operation, provider: id };
          view.sneak(view.sign(me, reveal, { nonce: view.nextNonce(me) }));
          view.note('copied-reveal');
        }
      },
    },
  });
