import { type AnchorMessage, anchorFields } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import type { Abi } from 'viem';
import { ANCHORS_ABI } from '../generated/aivm-anchors.ts';
import { VALIDATORS_ABI } from '../generated/aivm-validators.ts';
import type { SignedDigest, ValidatorSet } from '../validators/validator-set.ts';

type Hex = `0x${string}`;
type AnchorsError = Extract<(typeof ANCHORS_ABI)[number], { readonly type: 'error' }>;
const isError = (entry: (typeof ANCHORS_ABI)[number]): entry is AnchorsError => entry.type === 'error';
/** The contract's own, and why the AivmAnchors contract behind it refuses. */
const SUBMIT_ABI = [...VALIDATORS_ABI, ...ANCHORS_ABI.filter(isError)] as const;

const toHex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

/** A call of a contract, as viem takes one whose members are not known to the compiler. */
export interface ContractCall {
  readonly address: Hex;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
}

/** A set as the contract takes it. */
export const setArgument = ({ validators }: ValidatorSet) =>
  validators.map(({ key, power }) => ({ key: toHex(key), power }));

/** The members of an anchor as the contracts take them. */
function submissionOf(message: AnchorMessage) {
  const fields = anchorFields(message);
  return {
    commitRoot: toHex(fields.commitRoot),
    parentRoot: toHex(fields.parentRoot),
    validatorSetRoot: toHex(fields.validatorSetRoot),
    blockId: toHex(message.blockId),
    height: BigInt(fields.height),
    timestampNs: fields.timestampNs,
    epoch: fields.epoch,
    receiptCount: BigInt(message.receiptCount),
  };
}

/** Hands an anchor to an AivmAnchors contract, whose submitter the sender has to be. */
export const submitCall = (anchors: string, message: AnchorMessage): ContractCall => ({
  address: anchors as Hex,
  abi: ANCHORS_ABI,
  functionName: 'submit',
  args: [message.number, submissionOf(message)],
});

/** Hands an anchor with its signatures to an AivmValidators contract, which hands it on. */
export const submitSignedCall = (
  { validators, anchors }: { readonly validators: string; readonly anchors: string },
  message: AnchorMessage,
  { set, signatures }: { readonly set: ValidatorSet } & Pick<SignedDigest, 'signatures'>,
): ContractCall => ({
  address: validators as Hex,
  abi: SUBMIT_ABI,
  functionName: 'submit',
  args: [anchors as Hex, message.number, submissionOf(message), setArgument(set), signatures.map(toHex)],
});

/** Puts another set in the place of one that signed that. */
export const changeSetCall = (
  validators: string,
  { from, to }: { readonly from: ValidatorSet; readonly to: ValidatorSet },
  { signatures }: Pick<SignedDigest, 'signatures'>,
): ContractCall => ({
  address: validators as Hex,
  abi: VALIDATORS_ABI,
  functionName: 'changeSet',
  args: [setArgument(from), setArgument(to), signatures.map(toHex)],
});
