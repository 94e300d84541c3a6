import { equalBytes } from '@aivm/core/bytes';
import { type ReceiptFile, receiptFileToJson, stringifyJson } from '@aivm/sdk';
import { useEffect, useRef, useState } from 'preact/hooks';
import { client } from '../chain/client.ts';
import { useChain } from '../chain/use-chain.ts';
import { useQuery } from '../chain/use-query.ts';
import type { FileVerdict } from '../judge/read-file.ts';
import type { Place } from '../route/router.ts';
import { safeText } from '../text/safe-text.ts';
import { modeName } from '../text/words.ts';
import { Address, Hash, Height, Name, ProviderLink, TaskLink } from '../view/bits.tsx';
import { Facts, Page, Section, Trouble } from '../view/blocks.tsx';
import { Checks } from '../view/checks.tsx';
import { ElementCard } from '../view/element.tsx';
import { MerklePath } from '../view/merkle.tsx';

type Of<K extends FileVerdict['kind']> = Extract<FileVerdict, { readonly kind: K }>;

/** Whether this node has the block with this id at this height; undefined while it is asked. */
function useBlockHere(height: number, id: Uint8Array | undefined): boolean | undefined {
  const { data, error } = useQuery(
    `block of a proof ${height}`,
    (signal) => client.getBlock(height, { signal }),
    false,
  );
  if (error !== undefined || id === undefined) return false;
  return data === undefined ? undefined : equalBytes(data.id, id);
}

/** Hands a file to the person. */
function save(file: ReceiptFile): void {
  const text = stringifyJson(receiptFileToJson(file), 2);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = `receipt-${file.index}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

function Receipt({ result: { file, verdict, path } }: { readonly result: Of<'receipt'> }) {
  const { receipt, index, count, header } = file;
  const isHere = useBlockHere(header.height, verdict.isValid ? verdict.blockId : undefined);
  const isRoot = equalBytes(path.root, header.receiptsRoot);
  return (
    <>
      <Checks
        checks={[
          {
            isGood: isRoot,
            what: `Receipt ${index} leads to the receipts root of the header, in ${file.siblings.length} steps computed here.`,
          },
          {
            isGood: verdict.isValid,
            what: verdict.isValid ? (
              <>
                The header is the block with the id <Hash bytes={verdict.blockId} />.
              </>
            ) : (
              safeText(verdict.detail, 300).text
            ),
          },
          {
            isGood: isHere,
            what: (
              <>
                This node has that block, at height <Height at={header.height} />. Compare the id with a node
                of your own: this page believes the one that served it.
              </>
            ),
          },
        ]}
      />
      <Section
        title="What it proves"
        more={
          <button type="button" class="button" onClick={() => save(file)}>
            Save the file
          </button>
        }
      >
        <Facts
          facts={[
            ['Task', <TaskLink id={receipt.jobId} />],
            [
              'Answered by',
              <span class="names-inline">
                {receipt.providers.map((id) => (
                  <ProviderLink key={id} id={id} />
                ))}
              </span>,
            ],
            ['Final', <Height at={receipt.height} />],
            ['Verified', modeName(receipt.mode)],
            ['Input hash', <Hash bytes={receipt.inputHash} />],
            ['Output hash', <Hash bytes={receipt.outputHash} />],
            ['Model root', <Hash bytes={receipt.modelRoot} />],
            ['GPU', receipt.gpuModel === '' ? undefined : <Name text={receipt.gpuModel} />],
          ]}
        />
      </Section>
      <Section title="The proof, from the root down">
        <MerklePath path={path} count={count} />
      </Section>
    </>
  );
}

function Conviction({ result: { verdict, element } }: { readonly result: Of<'conviction'> }) {
  const { conviction, isRight } = verdict;
  const { config } = useChain();
  const isThisChain =
    config === undefined ? undefined : equalBytes(config.genesis_hash, conviction.genesisHash);
  return (
    <>
      <Checks
        checks={[
          {
            isGood: true,
            what: 'The file is whole, and what it opens leads to the committed trace and to the weights of the task.',
          },
          {
            isGood: !isRight,
            what: isRight
              ? 'The element is right: this file convicts nobody.'
              : 'The element was committed with a wrong value.',
          },
          { isGood: isThisChain, what: 'It is about this chain.' },
        ]}
      />
      <Section title="What it is about">
        <Facts
          facts={[
            ['Task', <TaskLink id={conviction.taskId} />],
            ['Provider', <ProviderLink id={conviction.provider} />],
            ['Challenger', <Address bytes={conviction.challenger} />],
            ['Decided', <Height at={conviction.decidedAtHeight} />],
            ['Trace', <Hash bytes={conviction.root} />],
            ['Weights', <Hash bytes={conviction.weightHash} />],
          ]}
        />
      </Section>
      <Section title="The element, computed here">
        <ElementCard element={element} />
      </Section>
    </>
  );
}

function StateProof({ result: { verdict } }: { readonly result: Of<'state'> }) {
  const height = verdict.isValid ? verdict.header.height : 0;
  const isHere = useBlockHere(height, verdict.isValid ? verdict.blockId : undefined);
  if (!verdict.isValid)
    return <Checks checks={[{ isGood: false, what: safeText(verdict.detail, 300).text }]} />;
  return (
    <>
      <Checks
        checks={[
          { isGood: true, what: 'The proof leads from the key to the state root of the header.' },
          {
            isGood: isHere,
            what: (
              <>
                This node has that block, at height <Height at={height} />.
              </>
            ),
          },
        ]}
      />
      <Facts
        facts={[
          ['Key', <Hash bytes={verdict.key} />],
          [
            'Value',
            verdict.value === undefined ? 'the state holds nothing there' : <Hash bytes={verdict.value} />,
          ],
        ]}
      />
    </>
  );
}

const Result = ({ result }: { readonly result: FileVerdict }) => {
  if (result.kind === 'receipt') return <Receipt result={result} />;
  return result.kind === 'conviction' ? <Conviction result={result} /> : <StateProof result={result} />;
};

type Outcome = { readonly result: FileVerdict } | { readonly error: Error } | undefined;

const outcomeOf = async (make: () => Promise<FileVerdict>): Promise<Outcome> => {
  try {
    return { result: await make() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
};

/** A place for a file, by pointer, by drop and by keyboard. */
function Drop({ onFile }: { readonly onFile: (file: File) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file !== undefined) onFile(file);
  };
  return (
    <label
      class={`drop ${isOver ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <input
        ref={field}
        type="file"
        class="drop-field"
        onChange={({ currentTarget }) => take(currentTarget.files)}
      />
      <strong>Drop a receipt or a conviction file here</strong>
      <span class="quiet">or choose one. It is read in this browser and sent to nobody.</span>
    </label>
  );
}

/** Checks files, and receipts of this chain. */
export function VerifyPage({ query }: Pick<Place, 'query'>) {
  const [outcome, setOutcome] = useState<Outcome>();
  const asked = query.get('receipt');
  useEffect(() => {
    if (asked === null) return;
    void outcomeOf(async () => {
      const { judgeReceipt } = await import('../judge/read-file.ts');
      return judgeReceipt(await client.getReceiptProof(Number(asked)));
    }).then(setOutcome);
  }, [asked]);
  const read = (file: File): void => {
    void outcomeOf(async () => {
      const { judgeFile } = await import('../judge/read-file.ts');
      return judgeFile(new Uint8Array(await file.arrayBuffer()));
    }).then(setOutcome);
  };
  return (
    <Page
      title="Verify"
      lead="A receipt proves that an answer is final; a conviction file proves that one was wrong. Both are computed here, with the code that the chain runs."
    >
      <Drop onFile={read} />
      {outcome === undefined ? null : 'error' in outcome ? (
        <Trouble error={outcome.error} />
      ) : (
        <Result result={outcome.result} />
      )}
    </Page>
  );
}
