import { useState } from 'preact/hooks';

/** The cursors of the pages up to the one on the screen; the first page has none. */
export interface Paging {
  readonly cursor: string | undefined;
  readonly number: number;
  readonly next: (cursor: string) => void;
  readonly back: () => void;
}

/** Where a list is. `key` names the list: another one begins at its first page. */
export function usePaging(key: string): Paging {
  const [state, setState] = useState<{ readonly key: string; readonly cursors: readonly string[] }>({
    key,
    cursors: [],
  });
  const cursors = state.key === key ? state.cursors : [];
  return {
    cursor: cursors.at(-1),
    number: cursors.length + 1,
    next: (cursor) => setState({ key, cursors: [...cursors, cursor] }),
    back: () => setState({ key, cursors: cursors.slice(0, -1) }),
  };
}

/** Buttons that go through a list; nothing where it has one page. */
export function Pager({ paging, next }: { readonly paging: Paging; readonly next: string | undefined }) {
  if (paging.number === 1 && next === undefined) return null;
  return (
    <nav class="pager" aria-label="Pages of the list">
      <button type="button" disabled={paging.number === 1} onClick={paging.back}>
        ← back
      </button>
      <span class="num">page {paging.number}</span>
      <button
        type="button"
        disabled={next === undefined}
        onClick={() => {
          if (next !== undefined) paging.next(next);
        }}
      >
        next →
      </button>
    </nav>
  );
}
