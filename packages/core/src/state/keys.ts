import { u32be, u64be } from '../bytes/big-endian.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { utf8ToBytes } from '../bytes/utf8.ts';

/**
 * The key space of the state. One byte of prefix, then the key's own bytes; integers are big-endian so that keys of
 * one kind sort by them.
 *
 *   c                       Chain           the facts of the chain as a whole
 *   g                       Parameters      genesis parameters, canonical bytes
 *   G                       AttestationPolicy of genesis
 *   r                       ReceiptFrontier the receipts tree's right edge
 *   a <address>             Account
 *   o <address>             Operator
 *   p <id>                  Provider        P <u32>            its id by registration order
 *   m <id>                  ModelRecord     M <u32>            its id by registration order
 *   R <modelRoot>           id of the model with this root
 *   w <weightHash>          Weights
 *   l <model>               u32             providers in a model's list (empty: serve all; held:<holding>: hold its blob;
 *                                           of/<operator>: an operator's own; convicted/: such operators)
 *   k <u8 size> <model> <u32>               id of the provider at a position of that list
 *   K <u8 size> <model> <id>                u32: where that provider stands in it
 *   t <id>                  Task            i <id> input bytes     x <id> output bytes
 *   n <id>                  Panel           of a redundant task, or of a challenge
 *   s <u8 size> <id> <u8>   Seat            y <u8 size> <id> <u8> what it revealed
 *   d <id>                  Dispute         a challenge that a committee judges
 *   z <modelRoot>           NetworkRecord   Z <modelRoot>      its header's bytes
 *   f <model>               u32             operators with a provider in such a list that takes work
 *   F <u8 size> <model> <address>           u32: how many of them an operator has
 *   S <list>                ListGrowth      when such a list last grew, and called those that wait for its members
 *   Y <list>                u32             seats of begun panels that fall to a list and have not committed
 *   j <id>                  Trial           games about the trace of a result
 *   J <u8 size> <id> <u8>   Game            one of them
 *   u <u64>                 TimerHeight     of disputes' own timers: U <u64> <u32 from 2^31 on>
 *   q <id>                  QueueNode       neighbours in the queue of pending tasks
 *   Q <model>               u32             pending tasks of a model in that queue
 *   T <u64>                 TimerHeight     U <u64> <u32>      Timer
 *   e <u64>                 Epoch           a closed epoch
 *   E                       AIVMEpochState  as the kernels left it
 *   N                       AuditAnchor     the last anchor
 *   O <u64>                 KernelOp        an operation that waits for the kernels, by its number
 *   B <u8> <u32>            a page of a kernel table
 *   H <u32>                 u32             registered models by region of the model table
 *   V <id>                  ModelUpdates    changes of a model in the open epoch
 *   A <id>                  ProviderAttestation
 *   W <address>             ProviderAttestation of a provider that this operator has yet to register
 *   D <device>              AttestedDevice  who holds it
 *   L <slot>                CollateralSlot  which document is the newest on one subject
 *   C <slot>                Collateral      that document
 *   v <u8>                  TcbEvaluation   the newest evaluation of firmware levels of one of Intel's environments
 *   h <u32>                 RecentBlock     ring of the ids that nonces are made of
 */
export const KEY_PREFIXES = {
  chain: 'c',
  parameters: 'g',
  attestationPolicy: 'G',
  receiptFrontier: 'r',
  account: 'a',
  operator: 'o',
  provider: 'p',
  providerIndex: 'P',
  model: 'm',
  modelIndex: 'M',
  modelRoot: 'R',
  weights: 'w',
  servedCount: 'l',
  servedMember: 'k',
  servedPosition: 'K',
  task: 't',
  taskInput: 'i',
  taskOutput: 'x',
  panel: 'n',
  seat: 's',
  seatOutput: 'y',
  dispute: 'd',
  network: 'z',
  networkHeader: 'Z',
  servedOperators: 'f',
  servedByOperator: 'F',
  listGrowth: 'S',
  listSeats: 'Y',
  trial: 'j',
  game: 'J',
  disputeTimerHeight: 'u',
  queueNode: 'q',
  modelQueue: 'Q',
  timerHeight: 'T',
  timer: 'U',
  epoch: 'e',
  epochState: 'E',
  lastAnchor: 'N',
  kernelOp: 'O',
  tablePage: 'B',
  tableRegion: 'H',
  modelUpdates: 'V',
  attestation: 'A',
  waitingAttestation: 'W',
  attestedDevice: 'D',
  collateral: 'C',
  collateralSlot: 'L',
  tcbEvaluation: 'v',
  recentBlock: 'h',
} as const;

const PREFIXES = Object.fromEntries(
  Object.entries(KEY_PREFIXES).map(([kind, letter]) => [kind, utf8ToBytes(letter)]),
) as Record<keyof typeof KEY_PREFIXES, Uint8Array>;

const prefix = (kind: keyof typeof KEY_PREFIXES): Uint8Array => PREFIXES[kind];

/** An id with its size in front, where something of variable length follows it. */
function sized(id: string): Uint8Array {
  const bytes = utf8ToBytes(id);
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}

const CHAIN = prefix('chain');
const PARAMETERS = prefix('parameters');
const RECEIPT_FRONTIER = prefix('receiptFrontier');

/** A key under a text of up to 255 bytes and a number: the text's size keeps two texts apart. */
function seatKey(kind: 'seat' | 'seatOutput' | 'game', taskId: string, position: number): Uint8Array {
  const id = utf8ToBytes(taskId);
  return concatBytes(prefix(kind), Uint8Array.of(id.length), id, Uint8Array.of(position));
}

/** One constructor per kind of key. */
export const stateKeys = {
  chain: (): Uint8Array => CHAIN,
  parameters: (): Uint8Array => PARAMETERS,
  attestationPolicy: (): Uint8Array => prefix('attestationPolicy'),
  receiptFrontier: (): Uint8Array => RECEIPT_FRONTIER,
  account: (address: Uint8Array): Uint8Array => concatBytes(prefix('account'), address),
  operator: (address: Uint8Array): Uint8Array => concatBytes(prefix('operator'), address),
  provider: (id: string): Uint8Array => concatBytes(prefix('provider'), utf8ToBytes(id)),
  providerIndex: (index: number): Uint8Array => concatBytes(prefix('providerIndex'), u32be(index)),
  model: (id: string): Uint8Array => concatBytes(prefix('model'), utf8ToBytes(id)),
  modelIndex: (index: number): Uint8Array => concatBytes(prefix('modelIndex'), u32be(index)),
  modelRoot: (root: Uint8Array): Uint8Array => concatBytes(prefix('modelRoot'), root),
  weights: (weightHash: Uint8Array): Uint8Array => concatBytes(prefix('weights'), weightHash),
  servedCount: (model: string): Uint8Array => concatBytes(prefix('servedCount'), utf8ToBytes(model)),
  servedMember: (model: string, position: number): Uint8Array =>
    concatBytes(prefix('servedMember'), sized(model), u32be(position)),
  servedPosition: (model: string, provider: string): Uint8Array =>
    concatBytes(prefix('servedPosition'), sized(model), utf8ToBytes(provider)),
  task: (id: string): Uint8Array => concatBytes(prefix('task'), utf8ToBytes(id)),
  taskInput: (id: string): Uint8Array => concatBytes(prefix('taskInput'), utf8ToBytes(id)),
  taskOutput: (id: string): Uint8Array => concatBytes(prefix('taskOutput'), utf8ToBytes(id)),
  panel: (taskId: string): Uint8Array => concatBytes(prefix('panel'), utf8ToBytes(taskId)),
  seat: (taskId: string, position: number): Uint8Array => seatKey('seat', taskId, position),
  seatOutput: (taskId: string, position: number): Uint8Array => seatKey('seatOutput', taskId, position),
  dispute: (taskId: string): Uint8Array => concatBytes(prefix('dispute'), utf8ToBytes(taskId)),
  network: (modelRoot: Uint8Array): Uint8Array => concatBytes(prefix('network'), modelRoot),
  networkHeader: (modelRoot: Uint8Array): Uint8Array => concatBytes(prefix('networkHeader'), modelRoot),
  servedOperators: (model: string): Uint8Array => concatBytes(prefix('servedOperators'), utf8ToBytes(model)),
  servedByOperator: (model: string, operator: Uint8Array): Uint8Array =>
    concatBytes(prefix('servedByOperator'), sized(model), operator),
  listGrowth: (list: string): Uint8Array => concatBytes(prefix('listGrowth'), utf8ToBytes(list)),
  listSeats: (list: string): Uint8Array => concatBytes(prefix('listSeats'), utf8ToBytes(list)),
  trial: (taskId: string): Uint8Array => concatBytes(prefix('trial'), utf8ToBytes(taskId)),
  game: (taskId: string, number: number): Uint8Array => seatKey('game', taskId, number),
  disputeTimerHeight: (height: number): Uint8Array =>
    concatBytes(prefix('disputeTimerHeight'), u64be(height)),
  queueNode: (id: string): Uint8Array => concatBytes(prefix('queueNode'), utf8ToBytes(id)),
  modelQueue: (model: string): Uint8Array => concatBytes(prefix('modelQueue'), utf8ToBytes(model)),
  timerHeight: (height: number): Uint8Array => concatBytes(prefix('timerHeight'), u64be(height)),
  timer: (height: number, index: number): Uint8Array =>
    concatBytes(prefix('timer'), u64be(height), u32be(index)),
  epoch: (epoch: bigint): Uint8Array => concatBytes(prefix('epoch'), u64be(epoch)),
  epochState: (): Uint8Array => prefix('epochState'),
  lastAnchor: (): Uint8Array => prefix('lastAnchor'),
  kernelOp: (number: number): Uint8Array => concatBytes(prefix('kernelOp'), u64be(number)),
  tablePage: (table: number, page: number): Uint8Array =>
    concatBytes(prefix('tablePage'), Uint8Array.of(table), u32be(page)),
  tableRegion: (region: number): Uint8Array => concatBytes(prefix('tableRegion'), u32be(region)),
  modelUpdates: (id: string): Uint8Array => concatBytes(prefix('modelUpdates'), utf8ToBytes(id)),
  attestation: (provider: string): Uint8Array => concatBytes(prefix('attestation'), utf8ToBytes(provider)),
  waitingAttestation: (operator: Uint8Array): Uint8Array =>
    concatBytes(prefix('waitingAttestation'), operator),
  attestedDevice: (device: Uint8Array): Uint8Array => concatBytes(prefix('attestedDevice'), device),
  collateral: (slot: Uint8Array): Uint8Array => concatBytes(prefix('collateral'), slot),
  collateralSlot: (slot: Uint8Array): Uint8Array => concatBytes(prefix('collateralSlot'), slot),
  tcbEvaluation: (environment: number): Uint8Array =>
    concatBytes(prefix('tcbEvaluation'), Uint8Array.of(environment)),
  recentBlock: (place: number): Uint8Array => concatBytes(prefix('recentBlock'), u32be(place)),
} as const;
