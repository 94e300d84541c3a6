import { concatBytes } from '../bytes/bytes.ts';
import { utf8ToBytes } from '../bytes/utf8.ts';
import { keccak256 } from './keccak.ts';

/** Every use of a hash that the protocol names; two uses never share a preimage. */
export type HashName =
  | 'Anchor'
  | 'Assignment'
  | 'AttestedDevice'
  | 'Blob'
  | 'BlockHeader'
  | 'Collateral'
  | 'CollateralSlot'
  | 'Commitment'
  | 'Conviction'
  | 'ErrorVote'
  | 'GameRoot'
  | 'Genesis'
  | 'GraphModel'
  | 'HeldLeaf'
  | 'Holding'
  | 'Input'
  | 'Int8Model'
  | 'Model'
  | 'Order'
  | 'Outcome'
  | 'Outcomes'
  | 'Output'
  | 'Quote'
  | 'Receipt'
  | 'Seed'
  | 'SessionResult'
  | 'StateBranch'
  | 'StateKey'
  | 'StateLeaf'
  | 'StateValue'
  | 'Trace'
  | 'Transaction'
  | 'Transactions'
  | 'Vertex'
  | 'Vertices'
  | 'Weights';

const PREFIXES = new Map<HashName, Uint8Array>();

/** The bytes that every preimage of this name begins with. Not to be changed by who gets them. */
export function namePrefix(name: HashName): Uint8Array {
  const known = PREFIXES.get(name);
  if (known !== undefined) return known;
  const prefix = utf8ToBytes(`aivm/v1/${name}\0`);
  PREFIXES.set(name, prefix);
  return prefix;
}

/** Where preimages are joined: nearly all are of tree nodes and records, and an array for each costs more than its copy. */
const PREIMAGE = new Uint8Array(1_024);

/**
 * Keccak-256("aivm/v1/NAME\0" ‖ parts): 32 bytes. The parts are joined as they are, so a caller that joins parts of
 * variable length encodes them first.
 */
export function namedHash(name: HashName, ...parts: readonly Uint8Array[]): Uint8Array {
  const prefix = namePrefix(name);
  let size = prefix.length;
  for (const part of parts) size += part.length;
  if (size > PREIMAGE.length) return keccak256(concatBytes(prefix, ...parts));
  PREIMAGE.set(prefix);
  let offset = prefix.length;
  for (const part of parts) {
    PREIMAGE.set(part, offset);
    offset += part.length;
  }
  return keccak256(PREIMAGE.subarray(0, size));
}
