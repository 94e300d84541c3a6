import { bytesToHex, bytesToUtf8, type Codec, hexToBytes, parse, u32 } from '@aivm/core/bytes';
import {
  type Chain,
  type Epoch,
  KEY_PREFIXES,
  type ModelRecord,
  type ProviderRecord as Provider,
  type TaskRecord as Task,
} from '@aivm/core/state';
import { type Account, accountCodec } from '../../../src/state/records/account.ts';
import { chainCodec, epochCodec } from '../../../src/state/records/chain.ts';
import {
  type Collateral,
  type CollateralSlot,
  collateralCodec,
  collateralSlotCodec,
} from '../../../src/state/records/collateral.ts';
import { modelCodec, type WeightsRecord, weightsCodec } from '../../../src/state/records/model.ts';
import { type Operator, operatorCodec } from '../../../src/state/records/operator.ts';
import {
  type Dispute,
  disputeCodec,
  type Panel,
  panelCodec,
  type Seat,
  seatCodec,
} from '../../../src/state/records/panel.ts';
import { providerCodec } from '../../../src/state/records/provider.ts';
import {
  type AttestedDevice,
  attestedDeviceCodec,
  type ProviderAttestation,
  providerAttestationCodec,
} from '../../../src/state/records/provider-attestation.ts';
import { taskCodec } from '../../../src/state/records/task.ts';
import { type QueueNode, queueNodeCodec, type Timer, timerCodec } from '../../../src/state/records/timer.ts';

/** Everything that a state holds, sorted by kind. */
export interface Census {
  readonly chain: Chain;
  /** By hex address. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly providers: readonly Provider[];
  readonly models: readonly ModelRecord[];
  readonly tasks: readonly Task[];
  readonly epochs: readonly Epoch[];
  /** By "height/index". */
  readonly timers: ReadonlyMap<string, Timer>;
  readonly queue: ReadonlyMap<string, QueueNode>;
  readonly panels: readonly Panel[];
  /** By "task/position". */
  readonly seats: ReadonlyMap<string, Seat>;
  /** "task/position" of the seats whose outputs are stored. */
  readonly seatOutputs: readonly string[];
  readonly disputes: readonly Dispute[];
  /** Tasks with a stored output. */
  readonly outputs: readonly string[];
  /** Operations that wait for the kernels, by table. */
  readonly kernelOps: { readonly models: number; readonly anchors: number; readonly attestations: number };
  /** The pages of the model table, in order. */
  readonly modelTable: readonly Uint8Array[];
  readonly weights: ReadonlyMap<string, WeightsRecord>;
  /** By provider. */
  readonly attestations: ReadonlyMap<string, ProviderAttestation>;
  /** Of providers that are yet to be registered, by hex address of the operator. */
  readonly waiting: ReadonlyMap<string, ProviderAttestation>;
  /** By hex key. */
  readonly devices: ReadonlyMap<string, AttestedDevice>;
  /** By hex hash. */
  readonly documents: ReadonlyMap<string, Collateral>;
  /** By hex slot. */
  readonly slots: ReadonlyMap<string, CollateralSlot>;
  /** By model: the ids at positions 0…count − 1. */
  readonly served: ReadonlyMap<string, readonly string[]>;
  /** By model: operators that the chain counts among those who serve it. */
  readonly servedOperators: ReadonlyMap<string, number>;
  /** By hex address. */
  readonly operators: ReadonlyMap<string, Operator>;
  /** By hex address: the providers that the chain notes as an operator's own. */
  readonly owned: ReadonlyMap<string, readonly string[]>;
  /** Hex addresses of convicted operators whose providers leave their lists. */
  readonly convicted: readonly string[];
  /** By list: seats of begun panels that have not committed. */
  readonly listSeats: ReadonlyMap<string, number>;
}

type Entry = readonly [key: Uint8Array, value: Uint8Array];

const textOf = (bytes: Uint8Array): string => {
  const text = bytesToUtf8(bytes);
  if (text === undefined) throw new Error('a key that is not text');
  return text;
};

function servedOf(entries: readonly Entry[]): Map<string, readonly string[]> {
  const kinds = (kind: keyof typeof KEY_PREFIXES) =>
    entries.filter(([key]) => key[0] === KEY_PREFIXES[kind].charCodeAt(0));
  const members = new Map(
    kinds('servedMember').map(([key, value]) => {
      const size = key[1] ?? 0;
      const position = new DataView(key.buffer, key.byteOffset).getUint32(2 + size);
      return [`${textOf(key.subarray(2, 2 + size))}/${position}`, textOf(value)];
    }),
  );
  const served = new Map<string, readonly string[]>();
  for (const [key, value] of kinds('servedCount')) {
    const model = textOf(key.subarray(1));
    const ids = Array.from({ length: parse(u32, value) }, (_, i) => members.get(`${model}/${i}`));
    served.set(
      model,
      ids.map((id) => id ?? 'nobody stands here'),
    );
  }
  const listed = [...served.values()].reduce((sum, ids) => sum + ids.length, 0);
  if (listed !== members.size) throw new Error('a place in a list beyond its count');
  return served;
}

const isOwned = (list: string): boolean => list.startsWith('of/');
const isOfModel = (list: string): boolean => !list.includes('/');

/** Reads a whole state. */
export function takeCensus(values: ReadonlyMap<string, Uint8Array>): Census {
  const entries: Entry[] = [...values].map(([key, value]) => [hexToBytes(key), value]);
  const of = <T>(kind: keyof typeof KEY_PREFIXES, codec: Codec<T>): (readonly [Uint8Array, T])[] =>
    entries
      .filter(([key]) => key[0] === KEY_PREFIXES[kind].charCodeAt(0))
      .map(([key, value]) => [key.subarray(1), parse(codec, value)] as const);
  const all = <T>(kind: keyof typeof KEY_PREFIXES, codec: Codec<T>): T[] =>
    of(kind, codec).map(([, value]) => value);
  const byHex = <T>(kind: keyof typeof KEY_PREFIXES, codec: Codec<T>): Map<string, T> =>
    new Map(of(kind, codec).map(([key, value]) => [bytesToHex(key), value]));
  const [chain] = all('chain', chainCodec);
  if (chain === undefined) throw new Error('no chain record');
  const slotOf = (key: Uint8Array): string => {
    const view = new DataView(key.buffer, key.byteOffset);
    return `${view.getBigUint64(0)}/${view.getUint32(8)}`;
  };
  const keysOf = (kind: keyof typeof KEY_PREFIXES): Uint8Array[] =>
    entries.filter(([key]) => key[0] === KEY_PREFIXES[kind].charCodeAt(0)).map(([key]) => key.subarray(1));
  /** Waiting operations begin with the number of their table. */
  const kernelOpsOf = (table: number): number =>
    entries.filter(([key, value]) => key[0] === KEY_PREFIXES.kernelOp.charCodeAt(0) && value[0] === table)
      .length;
  const seatOf = (key: Uint8Array): string => `${textOf(key.subarray(1, -1))}/${key.at(-1)}`;
  const lists = servedOf(entries);
  const some = (holds: (list: string) => boolean): Map<string, readonly string[]> =>
    new Map([...lists].filter(([list]) => holds(list)));
  return {
    chain,
    panels: all('panel', panelCodec),
    seats: new Map(of('seat', seatCodec).map(([key, value]) => [seatOf(key), value])),
    seatOutputs: keysOf('seatOutput').map(seatOf),
    disputes: all('dispute', disputeCodec),
    outputs: keysOf('taskOutput').map(textOf),
    kernelOps: {
      models: kernelOpsOf(1),
      anchors: kernelOpsOf(2),
      attestations: kernelOpsOf(0),
    },
    modelTable: entries
      .filter(([key]) => key[0] === KEY_PREFIXES.tablePage.charCodeAt(0) && key[1] === 1)
      .sort(([left], [right]) => (bytesToHex(left) < bytesToHex(right) ? -1 : 1))
      .map(([, value]) => value),
    accounts: new Map(of('account', accountCodec).map(([key, value]) => [bytesToHex(key), value])),
    providers: all('provider', providerCodec),
    models: all('model', modelCodec),
    tasks: all('task', taskCodec),
    epochs: all('epoch', epochCodec),
    timers: new Map(of('timer', timerCodec).map(([key, value]) => [slotOf(key), value])),
    queue: new Map(of('queueNode', queueNodeCodec).map(([key, value]) => [textOf(key), value])),
    weights: new Map(of('weights', weightsCodec).map(([key, value]) => [bytesToHex(key), value])),
    served: some(isOfModel),
    operators: byHex('operator', operatorCodec),
    owned: new Map([...some(isOwned)].map(([list, ids]) => [list.slice('of/'.length), ids])),
    convicted: lists.get('convicted/') ?? [],
    listSeats: new Map(of('listSeats', u32).map(([key, count]) => [textOf(key), count])),
    servedOperators: new Map(of('servedOperators', u32).map(([key, count]) => [textOf(key), count])),
    attestations: new Map(
      of('attestation', providerAttestationCodec).map(([key, value]) => [textOf(key), value]),
    ),
    waiting: byHex('waitingAttestation', providerAttestationCodec),
    devices: byHex('attestedDevice', attestedDeviceCodec),
    documents: byHex('collateral', collateralCodec),
    slots: byHex('collateralSlot', collateralSlotCodec),
  };
}
