import {
  type AnchorMessage,
  anchorFields,
  anchorId,
  parseAnchorMessage,
  serializeAnchorMessage,
} from '@aivm/core/block';
import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { secondsToTimestamp } from '../encoding/timestamp.ts';
import { type Anchor, anchorSchema } from '../schemas/anchor.ts';
import { decodeJson, encodeJson } from '../schemas/decode.ts';

const NANOSECONDS = 1_000_000_000n;

/**
 * An anchor message with its members read out.
 * @example anchorToShape(message).number // message.number
 */
export function anchorToShape(message: AnchorMessage): Anchor {
  const { commitRoot, parentRoot, validatorSetRoot, height, timestampNs, epoch } = anchorFields(message);
  return {
    chain_id: message.chainId,
    number: message.number,
    height,
    timestamp: secondsToTimestamp(Number(timestampNs / NANOSECONDS)),
    epoch,
    commit_root: commitRoot,
    receipt_count: message.receiptCount,
    parent_root: parentRoot,
    validator_set_root: validatorSetRoot,
    block_hash: message.blockId,
    id: anchorId(message),
    message: serializeAnchorMessage(message),
  };
}

/**
 * The anchor that this JSON (as `parseJson` gives it) shows: its members must be those of its message. For whoever
 * receives anchors over HTTP or reads a file of them.
 * @throws AivmError `malformed`.
 * @example parseAnchor(anchorToJson(anchorToShape(message))).number // message.number
 */
export function parseAnchor(json: unknown): Anchor {
  const claimed = decodeJson(anchorSchema, json, 'anchor');
  const anchor = anchorToShape(parseAnchorMessage(claimed.message));
  const [said, is] = [claimed, anchor].map((each) =>
    JSON.stringify(encodeJson(anchorSchema, each, 'anchor'), showBigint),
  );
  if (said !== is || !equalBytes(claimed.id, anchor.id)) {
    throw new AivmError('malformed', 'anchor: its members are not those of its message');
  }
  return anchor;
}

const showBigint = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
