import { bytesToHex } from '@aivm/core/bytes';
import { attestationTimeoutBlocks } from '@aivm/core/execute';
import type { OperationOf, Transaction } from '@aivm/core/tx';
import { publishedLists } from '../world/vendor-lists.ts';
import { AttestationBook, type BookedAttestation } from './attestation-book.ts';
import type { CreateChecker, ObservedBlock } from './checker.ts';
import { requestOf, shownEvidence } from './shown-evidence.ts';

/**
 * Evidence counts once, in its time, for whom it was made, while its vendor stands by it, and for one provider a device:
 * else one good machine vouches for everybody. And where a chain asks for attestations, nobody works without one.
 */
export const createAttestationChecker: CreateChecker = ({ genesis, fail }) => {
  const { chainId, config, params } = genesis;
  const book = new AttestationBook(genesis);
  const timeout = attestationTimeoutBlocks(config, params);
  const blockIds = new Map<number, Uint8Array>();
  /** Chips and requests whose evidence has counted. */
  const used = new Set<string>();

  const checkHardware = (
    where: string,
    { sender }: Transaction,
    { operation, timestamp }: { operation: OperationOf<'submitAttestation'>; timestamp: number },
  ): void => {
    const shown = shownEvidence(operation);
    if (shown === undefined) return;
    const { device, serial, answers } = shown;
    const blockId = blockIds.get(operation.nonceHeight) ?? fail(`${where} answers no block of this chain`);
    const { sessionKey, provider } = operation;
    if (answers !== requestOf('snp', { chainId, operator: sender, blockId, sessionKey })) {
      fail(`${where} was made for another request`);
    }
    const name = `${device}/${answers}`;
    if (used.has(name)) fail(`${where} counts twice`);
    used.add(name);
    if (!shown.isGenuine) fail(`${where} was made by no machine of the vendor`);
    if (timestamp > shown.until)
      fail(`${where} counts at ${timestamp}, its certificate ended at ${shown.until}`);
    if (book.list.revoked.includes(serial)) fail(`${where} is of a revoked machine`);
    const holder = book.holder(device, timestamp);
    const isOther = (other: BookedAttestation): boolean =>
      other.provider !== provider || other.operator !== bytesToHex(sender);
    if (holder !== undefined && isOther(holder))
      fail(`${where} is of a machine that ${holder.provider} holds`);
  };

  const checkList = (where: string, { body }: OperationOf<'submitCollateral'>, timestamp: number): void => {
    const hex = bytesToHex(body);
    const list =
      publishedLists().find(({ operation }) => bytesToHex(operation.body) === hex) ??
      fail(`${where}: a document that the vendor never made`);
    if (list.date > timestamp || timestamp > list.until) fail(`${where}: a list out of its time`);
    if (list.date <= book.list.date) fail(`${where}: a list of ${list.date} after one of ${book.list.date}`);
  };

  const checkStep = (where: string, tx: Transaction, timestamp: number): void => {
    const { operation, sender } = tx;
    if (operation.kind === 'submitCollateral') checkList(where, operation, timestamp);
    if (operation.kind === 'submitAttestation') checkHardware(where, tx, { operation, timestamp });
    if (operation.kind !== 'registerProvider' || !config.requireTEEAttestation) return;
    const waiting = book.waiting(bytesToHex(sender), operation.id, timestamp);
    if ((waiting?.score ?? -1) < config.minTrustScore) fail(`${where}: ${operation.id} registers unattested`);
  };

  /** Draws come before a block's transactions. */
  const checkDraws = ({ height, changes, block }: ObservedBlock): void => {
    if (!config.requireTEEAttestation) return;
    for (const { after } of changes.task) {
      if (after === undefined || after.assignedAtHeight !== height || after.assignedTo === '') continue;
      const booked = book.live(after.assignedTo, block.header.timestamp);
      if ((booked?.score ?? -1) < config.minTrustScore) {
        fail(`height ${height}: ${after.assignedTo} was drawn for ${after.id} and is not attested`);
      }
    }
  };

  return {
    name: 'attestation',
    onBlock(observed) {
      const { height, block } = observed;
      blockIds.set(height - 1, block.header.parentId);
      blockIds.delete(height - 1 - timeout);
      const { timestamp } = block.header;
      checkDraws(observed);
      for (const { tx, code } of book.walk(observed)) {
        if (code === '') checkStep(`height ${height}: ${tx.operation.kind}`, tx, timestamp);
      }
    },
  };
};
