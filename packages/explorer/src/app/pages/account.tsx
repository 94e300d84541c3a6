import { equalBytes } from '@aivm/core/bytes';
import { textToAddress } from '@aivm/core/crypto';
import { client } from '../chain/client.ts';
import { type PlacedTransaction, readTransactionsOf } from '../chain/read-recent.ts';
import { useQuery } from '../chain/use-query.ts';
import { paths } from '../route/paths.ts';
import { toHex } from '../text/hex.ts';
import { kindWords, plural, wordsOf } from '../text/words.ts';
import { Amount, Badge, Hash, Height, Name, ProviderLink } from '../view/bits.tsx';
import { Figure, Page, Quiet, Section, Waiting } from '../view/blocks.tsx';
import { Table } from '../view/table.tsx';

const BLOCKS = 300;
const READS = 60;
const PROVIDERS = 100;

const addressOf = (address: string): Uint8Array => textToAddress(address, 'address');

function Operates({ address }: { readonly address: string }) {
  const { data } = useQuery(`providers of ${address}`, async (signal) => {
    const mine = addressOf(address);
    const { providers } = await client.call('getProviders', { query: { limit: PROVIDERS } }, { signal });
    return providers.filter(({ operator }) => equalBytes(operator, mine)).map(({ id }) => id);
  });
  if (data === undefined || data.length === 0) return null;
  return (
    <Section title="Operates">
      <p class="names">
        {data.map((id) => (
          <ProviderLink key={id} id={id} />
        ))}
      </p>
    </Section>
  );
}

const Sent = ({ sent }: { readonly sent: readonly PlacedTransaction[] }) => (
  <Table
    caption="Transactions"
    rows={sent}
    keyOf={({ hash }) => toHex(hash)}
    columns={[
      { name: 'Operation', cell: ({ kind }) => kindWords(kind) },
      {
        name: 'Outcome',
        cell: ({ code }) =>
          code === '' ? <Badge tone="good">took effect</Badge> : <Badge tone="bad">{wordsOf(code)}</Badge>,
      },
      { name: 'Block', isNumber: true, cell: ({ height }) => <Height at={height} /> },
      { name: 'Hash', cell: ({ hash }) => <Hash bytes={hash} href={paths.transaction(toHex(hash))} /> },
    ]}
  />
);

/** One account. */
export function AccountPage({ address }: { readonly address: string }) {
  const { data, error } = useQuery(`account ${address}`, async (signal) =>
    client.getAccount(addressOf(address), { signal }),
  );
  const sent = useQuery(
    `transactions of ${address}`,
    async (signal) =>
      readTransactionsOf(client, { sender: addressOf(address), blocks: BLOCKS, reads: READS }, signal),
    false,
  );
  if (data === undefined)
    return (
      <Page kind="Account" title={<Name text={address} />}>
        <Waiting error={error} />
      </Page>
    );
  return (
    <Page kind="Account" title={<span class="address">{address}</span>}>
      <div class="figures">
        <Figure label="Balance">
          <Amount value={data.balance} />
        </Figure>
        <Figure label="Transactions" note="in blocks">
          {String(data.nonce)}
        </Figure>
        <Figure label="Waiting tasks" note="in the queue for a provider">
          {data.pending_tasks}
        </Figure>
      </div>
      <Operates address={address} />
      <Section title={`Sent in the last ${plural(BLOCKS, 'block')}`}>
        {sent.data === undefined ? (
          <Waiting error={sent.error} />
        ) : sent.data.length === 0 ? (
          <Quiet>Nothing, as far as {plural(READS, 'block')} with transactions show.</Quiet>
        ) : (
          <Sent sent={sent.data} />
        )}
      </Section>
    </Page>
  );
}
