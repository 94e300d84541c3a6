import type { Log } from '../../log.ts';
import { VM } from './vm.ts';
import type { VMDependencies } from './vm-options.ts';

/** Makes VMs, each with an accelerator session of its own. */
export class Factory {
  readonly #dependencies: () => VMDependencies;

  /** `dependencies` is asked once for every VM: what it gives is that VM's alone. */
  constructor(dependencies: () => VMDependencies = () => ({})) {
    this.#dependencies = dependencies;
  }

  new(log: Log): VM {
    return new VM({ ...this.#dependencies(), log });
  }
}
