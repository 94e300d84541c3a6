import { hexToBytes, isHex } from '@aivm/core/bytes';
import { stringifyJson } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { shortHex, toHex } from '../text/hex.ts';
import { safeText } from '../text/safe-text.ts';
import { Address, Amount, Badge, Height, Name, TaskLink } from '../view/bits.tsx';
import { type Fact, Facts, Page, Section, Waiting } from '../view/blocks.tsx';

const HASH_BYTES = 32;
const VALUE_LENGTH_MAX = 400;
const BYTES_SHOWN = 48;

function memberView(name: string, value: unknown): Fact[1] {
  if (name === 'taskId' && typeof value === 'string') return <TaskLink id={value} />;
  if (value instanceof Uint8Array) {
    if (value.length === 20) return <Address bytes={value} whole />;
    const hex = toHex(value.subarray(0, BYTES_SHOWN));
    return (
      <code class="hash">
        {value.length === 0 ? 'empty' : hex}
        {value.length > BYTES_SHOWN ? `… (${value.length.toLocaleString('en')} bytes)` : ''}
      </code>
    );
  }
  if (typeof value === 'string')
    return value === '' ? <span class="quiet">empty</span> : <Name text={value} max={VALUE_LENGTH_MAX} />;
  if (typeof value === 'bigint' && /amount|fee|bond|reward/i.test(name)) return <Amount value={value} />;
  const text = typeof value === 'object' ? stringifyJson(value) : String(value);
  return safeText(text, VALUE_LENGTH_MAX).text;
}

/** One transaction: what was signed, and what came of it. */
export function TransactionPage({ hash }: { readonly hash: string }) {
  const { data: tx, error } = useQuery(
    `transaction ${hash}`,
    (signal) => {
      if (!isHex(hash) || hexToBytes(hash).length !== HASH_BYTES)
        return Promise.reject(new TypeError(`a transaction's hash is ${HASH_BYTES} bytes in hex`));
      return client.getTransaction(hexToBytes(hash), {}, { signal });
    },
    ({ state }) => state === 'pending',
  );
  const title = <Name text={shortHex(hash, 12, 10)} />;
  if (tx === undefined)
    return (
      <Page kind="Transaction" title={title}>
        <Waiting error={error} />
      </Page>
    );
  const { kind, ...members } = tx.operation;
  const lead =
    tx.code === undefined ? (
      <>
        <Badge tone="busy">pending</Badge> It waits in the node’s pool.
      </>
    ) : tx.code === '' ? (
      <>
        <Badge tone="good">took effect</Badge> It is in a block and did what it says.
      </>
    ) : (
      <>
        <Badge tone="bad">{tx.code}</Badge> It is in a block and was refused:{' '}
        <Name text={tx.detail ?? ''} max={VALUE_LENGTH_MAX} />
      </>
    );
  return (
    <Page kind="Transaction" title={title} lead={lead}>
      <Section title={kind}>
        <Facts
          facts={Object.entries(members).map(([name, value]): Fact => [name, memberView(name, value)])}
        />
      </Section>
      <Section title="Transaction">
        <Facts
          facts={[
            ['Hash', <Name text={toHex(tx.hash)} max={70} />],
            ['Sender', <Address bytes={tx.sender} whole />],
            ['Nonce', String(tx.nonce)],
            ['Block', tx.height === undefined ? undefined : <Height at={tx.height} />],
            ['Burned', tx.burned === undefined ? undefined : <Amount value={tx.burned} />],
            ['Work', tx.work === undefined ? undefined : tx.work.toLocaleString('en')],
          ]}
        />
      </Section>
    </Page>
  );
}
