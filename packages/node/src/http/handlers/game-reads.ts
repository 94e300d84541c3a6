import type { HandlerContext, Handlers } from '../handler.ts';

/** Events that are looked at for one answer. */
const EVENTS_MAX = 20_000;
const PAGE = 1_000;
/** What so many events cost a client beside the request. */
const EVENTS_PER_TOKEN = 1_000;

/** Heights from `from` on at which somebody moved in a game about the task, and how far was looked. */
function heightsOfMoves(
  { node }: HandlerContext,
  taskId: string,
  from: number,
): { readonly heights: readonly number[]; readonly height: number; readonly seen: number } {
  const heights = new Set<number>();
  let place = { height: Math.max(0, from), index: -1 };
  for (let seen = 0; seen < EVENTS_MAX; seen += PAGE) {
    const events = node.blocks.readEvents(place, PAGE);
    for (const { event, height, index } of events) {
      place = { height, index };
      if (event.kind === 'dispute' && event.taskId === taskId) heights.add(height);
    }
    if (events.length < PAGE)
      return { heights: [...heights], height: node.lastAccepted().header.height, seen: seen + events.length };
  }
  heights.delete(place.height);
  return { heights: [...heights], height: place.height - 1, seen: EVENTS_MAX };
}

/** Moves of games about the traces of results. */
export const gameReads: Handlers<'getGameMoves'> = {
  getGameMoves: ({ params: { id }, query: { from = 0 }, charge }, context) => {
    const { heights, height, seen } = heightsOfMoves(context, id, from);
    charge(Math.floor(seen / EVENTS_PER_TOKEN));
    const moves = heights.flatMap((at) => {
      const accepted = context.node.blocks.getBlock(at);
      if (accepted === undefined) return [];
      const { block, outcomes } = accepted;
      return block.transactions.flatMap(({ id: transaction, sender, operation }, i) =>
        operation.kind === 'disputeMove' && operation.taskId === id && outcomes[i]?.code === ''
          ? [
              {
                height: at,
                transaction,
                sender,
                game: operation.game,
                move: operation.move,
                body: operation.body,
              },
            ]
          : [],
      );
    });
    return { task_id: id, moves, height };
  },
};
