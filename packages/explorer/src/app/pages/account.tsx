import { textToAddress } from '@aivm/core/crypto';
import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { Amount, Name } from '../view/bits.tsx';
import { Figure, Page, Waiting } from '../view/blocks.tsx';

/** One account. */
export function AccountPage({ address }: { readonly address: string }) {
  const { data, error } = useQuery(`account ${address}`, async (signal) =>
    client.getAccount(textToAddress(address, 'address'), { signal }),
  );
  return (
    <Page kind="Account" title={<Name text={address} />}>
      {data === undefined ? (
        <Waiting error={error} />
      ) : (
        <div class="figures">
          <Figure label="Balance">
            <Amount value={data.balance} />
          </Figure>
          <Figure label="Transactions" note="in blocks">
            {String(data.nonce)}
          </Figure>
          <Figure label="Tasks in the queue">{data.pending_tasks}</Figure>
        </div>
      )}
    </Page>
  );
}
