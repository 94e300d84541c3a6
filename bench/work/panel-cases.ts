import type { Operation } from '@aivm/core/tx';
import type { BlockContext } from '../../packages/core/src/execute/context/block-context.ts';
import { CROWD, crowdMember } from './crowd.ts';
import type { WorstCase } from './measure.ts';
import {
  admit,
  commitAll,
  commitOperation,
  LARGEST_OUTPUT,
  revealAll,
  revealOperation,
  SEATS,
  seatAll,
  taskOperation,
} from './tasks.ts';
import { personAt, type WorkChain } from './work-chain.ts';
import { longId } from './worst-provider.ts';

const requester = personAt(90);
const MAJORITY = (SEATS + 1) / 2;
const taskId = (i: number): string => longId('panel', i);

const agreed = (): Uint8Array => LARGEST_OUTPUT;
/** Just a majority agrees; each other member has an answer of its own. */
const divided = (i: number): Uint8Array =>
  i < MAJORITY - 1 || i === SEATS - 1 ? LARGEST_OUTPUT : new Uint8Array(65_536).fill(100 + i);

/** Panels of the crowd, of each of which one member acts in the measured block. */
const panels = (
  name: string,
  count: number,
  actor: number,
  prepare: (context: BlockContext, taskId: string) => void,
  operationOf: (chain: WorkChain, taskId: string) => Operation,
): WorstCase => ({
  name,
  setUp: (chain) => {
    for (let i = 0; i < count; i++)
      chain.prepare((context) => {
        admit(context, requester, taskOperation(taskId(i), { mode: 1, n: SEATS }));
        seatAll(context, taskId(i), CROWD);
        prepare(context, taskId(i));
      });
    return Array.from({ length: count }, (_, i) =>
      chain.sign(crowdMember(actor), operationOf(chain, taskId(i))),
    );
  },
});

const commits = (name: string, count: number, before: number): WorstCase =>
  panels(
    name,
    count,
    before,
    (context, id) => commitAll(context, id, CROWD.slice(0, before), agreed),
    (chain, id) => commitOperation(chain, id, CROWD[before] as string, LARGEST_OUTPUT),
  );

const reveals = (
  name: string,
  count: number,
  before: number,
  outputOf: (i: number) => Uint8Array,
): WorstCase =>
  panels(
    name,
    count,
    before,
    (context, id) => {
      commitAll(context, id, CROWD, outputOf);
      revealAll(context, id, CROWD.slice(0, before), outputOf);
    },
    (chain, id) => revealOperation(chain, id, CROWD[before] as string, outputOf(before)),
  );

export const panelCases: readonly WorstCase[] = [
  commits('commitResult, the first', 6, 0),
  commits('commitResult, the deciding one', 6, MAJORITY - 1),
  commits('commitResult, the last of 15', 6, SEATS - 1),
  reveals('revealResult, 64 KiB', 4, 0, agreed),
  reveals('revealResult, the last of 15', 2, SEATS - 1, agreed),
  reveals('revealResult, the last of 15 divided', 2, SEATS - 1, divided),
];
