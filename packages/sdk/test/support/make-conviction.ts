import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  createHashTree,
  createNetwork,
  createWitness,
  parseNetworkHeader,
  runNetwork,
  traceTree,
} from '@aivm/core/network';

const fileOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../../../models/digits/${name}`, import.meta.url))));

/** A conviction of a provider that answered the digits model with one wrong score; `isLie` false: of an honest one. */
export function makeConviction(isLie: boolean) {
  const headerBytes = fileOf('digits.header');
  const header = parseNetworkHeader(headerBytes);
  const blob = fileOf('digits.blob');
  const network = createNetwork(header, { T: 1, N: 0 });
  const input = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff);
  const task = { bytes: input, tokens: new Uint32Array(0) };
  const honest = runNetwork(network, blob, task).bytes;
  const bytes = isLie ? honest.with(256, honest[256]! ^ 1) : honest;
  const tree = traceTree(network, { bytes });
  const blobTree = createHashTree({ name: 'Blob', rows: 0 }, [blob]);
  const place = { leaf: 2, element: 0 };
  const witness = createWitness(network, task, place, { bytes, tree }, { bytes: blob, tree: blobTree });
  return {
    version: 1,
    genesisHash: new Uint8Array(32),
    taskId: 't-1',
    provider: 'liar',
    challenger: new Uint8Array(20),
    decidedAtHeight: 12,
    header: headerBytes,
    weightHash: blobTree.root,
    input,
    output: bytes.slice(256, 266),
    root: tree.root,
    ...witness,
  };
}
