import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import type { CreateChecker } from './checker.ts';

/** Two nodes with the same blocks have the same state: without that there is no chain. */
export const createAgreementChecker: CreateChecker = ({ fail }) => ({
  name: 'agreement',
  onBlock({ executions }) {
    const roots = new Map<string, string>();
    for (const { node, block, result } of executions) {
      const id = bytesToHex(block.id);
      const summary = `${bytesToHex(result.tree.root)}/${result.writes.size}/${result.events.length}`;
      const known = roots.get(id);
      if (known !== undefined && known !== summary)
        fail(`${node} got ${summary} from block ${id}, another ${known}`);
      roots.set(id, summary);
      if (!equalBytes(result.tree.root, block.header.stateRoot))
        fail(`${node}: block ${id} has another root`);
    }
  },
  onCensus({ nodes, idAt }) {
    for (const { name, node } of nodes.filter((one) => one.isUp)) {
      const { id, header } = node.lastAccepted();
      const decided = idAt(header.height);
      if (decided === undefined || !equalBytes(decided, id))
        fail(`${name} has another block at ${header.height}`);
      if (!equalBytes(node.state().root, header.stateRoot))
        fail(`${name} has another state than its head says`);
    }
  },
});
