import type { TaskPanel } from '@aivm/sdk';
import { Hash, Height, ProviderLink, StateBadge } from './bits.tsx';
import { Table } from './table.tsx';

/** The seats of a panel. */
export const SeatTable = ({ seats }: { readonly seats: TaskPanel['seats'] }) => (
  <Table
    caption="Seats"
    rows={seats}
    keyOf={({ position }) => position}
    columns={[
      { name: 'Seat', isNumber: true, cell: ({ position }) => position },
      { name: 'Provider', cell: ({ provider }) => <ProviderLink id={provider} /> },
      { name: 'State', cell: ({ status, vote }) => <StateBadge name={vote ?? status} /> },
      { name: 'Drawn', isNumber: true, cell: ({ drawn_at_height: at }) => <Height at={at} /> },
      {
        name: 'Commitment',
        cell: ({ commitment }) => (commitment === undefined ? '–' : <Hash bytes={commitment} />),
      },
    ]}
  />
);
