/** One page of a list. */
interface ListPage<T> {
  readonly items: readonly T[];
  readonly next_cursor?: string | undefined;
}

/** Pages that one call reads: a node that gives one cursor after the other without end is left. */
const PAGES_MAX = 10_000;

/** A whole list, page after page. */
export async function readPages<T>(read: (query: { cursor?: string }) => Promise<ListPage<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await read(cursor === undefined ? {} : { cursor });
    items.push(...answer.items);
    cursor = answer.next_cursor;
    if (cursor === undefined) break;
  }
  return items;
}
