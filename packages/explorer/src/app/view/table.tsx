import type { ComponentChildren } from 'preact';

/** One column. */
export interface Column<T> {
  readonly name: string;
  /** Numbers stand at the right, under each other. */
  readonly isNumber?: boolean;
  /** Left out on narrow screens, where each row is a card. */
  readonly isSecondary?: boolean;
  readonly cell: (row: T) => ComponentChildren;
}

/** A table; on a phone each row becomes a card, the first column its title. */
export function Table<T>({
  caption,
  columns,
  rows,
  keyOf,
  isShort = false,
}: {
  /** For people who do not see it. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string | number;
  /** Few columns: rows stay rows on a phone. */
  readonly isShort?: boolean;
}) {
  const classOf = ({ isNumber, isSecondary }: Column<T>): string =>
    `${isNumber === true ? 'right num' : ''}${isSecondary === true ? ' secondary' : ''}`;
  return (
    <table class={isShort ? 'short' : ''}>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" class={classOf(column)}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <td key={column.name} data-label={column.name} class={classOf(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
