import { readTask, TaskStatus } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import type { Actor } from './actor.ts';

/** A model that nobody in the simulation lists by name, so that its tasks wait. */
const UNSERVED_MODEL = 'qwen3-8b';

/**
 * Blocks the queue for nothing: it buys tasks that nobody can take and takes them back before their deadline, again
 * and again. Each costs an admission that is burned, and half of the queue is out of its reach.
 */
export function freeQueueBlocker(name: string): Actor {
  const me = identityOf(`blocker/${name}`);
  let made = 0;
  const waiting: string[] = [];
  return {
    kind: 'free-queue-blocker',
    isHonest: false,
    identities: [me],
    act(view) {
      const isOver = view.isDraining || view.round % 30 === 0;
      if (isOver) {
        for (const taskId of waiting.splice(0)) {
          if (readTask(view.state, taskId)?.status !== TaskStatus.pending) continue;
          if (view.submit(me, { kind: 'cancelTask', taskId }) === '') view.note('cancel');
        }
        return;
      }
      if (view.round % 3 !== 0) return;
      const id = `blocker.${made}`;
      const code = view.submit(me, {
        kind: 'submitTask',
        id,
        taskType: 'inference',
        model: UNSERVED_MODEL,
        input: new Uint8Array(1),
        fee: 2_000_000n,
        mode: 0,
        maxAdmission: 0n,
        n: 0,
        maxNew: 0,
        deadlineBlocks: 30n,
      });
      if (code === '') {
        made += 1;
        waiting.push(id);
      }
      view.note(code === '' ? 'block' : `full-${code}`);
    },
  };
}
