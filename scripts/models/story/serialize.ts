/**
 * Writes the header of the network that export.py described: story.header, canonical bytes as they stand on chain.
 * Run: npx tsx scripts/models/story/serialize.ts FOLDER
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { bytesToHex } from '../../../packages/core/src/bytes/hex.ts';
import {
  HEADER_VERSION,
  type HeaderOperator,
  hashBlob,
  type NetworkHeader,
  parseNetworkHeader,
  serializeNetworkHeader,
  validateNetworkHeader,
} from '../../../packages/core/src/network/index.ts';

/** The description as export.py writes it. */
type Description = Pick<
  NetworkHeader,
  'form' | 'maxT' | 'vocabulary' | 'endTokens' | 'maxNew' | 'blobBytes' | 'notes'
> & { readonly operators: readonly HeaderOperator[] };

/** The bounds of a chain with default parameters. */
const LIMITS = { maxWitnessBytes: 40_960, maxInputBytes: 262_144, maxOutputBytes: 65_536 };

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected the folder that export.py wrote');

const description = JSON.parse(readFileSync(join(folder, 'story.network.json'), 'utf8')) as Description;
const blob = readFileSync(join(folder, 'story.blob'));
if (blob.length !== description.blobBytes)
  throw new Error(`story.blob has ${blob.length} bytes; story.network.json states ${description.blobBytes}`);

const header: NetworkHeader = { ...description, version: HEADER_VERSION, input: undefined, repeats: [] };
const bytes = serializeNetworkHeader(header);
const facts = validateNetworkHeader(parseNetworkHeader(bytes), LIMITS);
writeFileSync(join(folder, 'story.header'), bytes);
console.log(
  `header ${bytes.length} bytes, blob ${blob.length} bytes, weight hash ${bytesToHex(hashBlob(blob))}, ` +
    `largest work ${facts.workMax}, largest trace ${facts.traceBytesMax} bytes`,
);
