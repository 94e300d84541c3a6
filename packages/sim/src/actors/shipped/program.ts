import { createClient, createSender, type Sender, type SenderOptions } from '@aivm/sdk';
import { createSdkNode, createSdkSender, type OperationSender, type WorkerNode } from '@aivm/worker';
import type { Identity } from '../../world/identity.ts';
import type { Life, Machine } from '../../world/machine.ts';
import { signerOf } from '../../world/sim-signer.ts';
import { type Fetch, NODE_URL } from '../../world/web.ts';
import type { Stage } from '../actor.ts';

/** What a program of the packages that ship has around it in one life of its machine. */
export interface Surroundings {
  readonly life: Life;
  readonly sender: Sender;
  readonly operations: OperationSender;
  readonly node: WorkerNode;
}

/** How a program is connected. */
export interface ProgramOptions {
  /** Survives the machine; left out: the sender forgets with its process, as that of a worker does. */
  readonly journal?: SenderOptions['journal'];
  /** Something between the program and the nodes. */
  readonly between?: (fetch: Fetch, life: Life) => Fetch;
}

/** Boots a machine and makes what a program of one identity needs, by the real client and sender. */
export function bootProgram(
  stage: Stage,
  machine: Machine,
  identity: Identity,
  { journal, between }: ProgramOptions = {},
): Surroundings {
  const life = machine.boot();
  const straight = stage.web.fetchFrom(life, stage.findNode);
  const client = createClient({
    url: NODE_URL,
    fetch: between === undefined ? straight : between(straight, life),
    clock: life.clock,
  });
  const wallet = signerOf(identity, stage);
  const sender = createSender({ client, wallet, ...(journal === undefined ? {} : { journal }) });
  return { life, sender, operations: createSdkSender(sender), node: createSdkNode(client) };
}
