import { utf8ToBytes } from '@aivm/core/bytes';
import { identityOf } from '../world/identity.ts';
import { ECHO_MODEL } from '../world/sim-chain.ts';
import type { Actor } from './actor.ts';

/** What readers of JSON, of text and of numbers disagree about. */
const POISON: readonly string[] = [
  '9007199254740993',
  '1e20',
  '-0',
  '"\\ud800"',
  `${'['.repeat(900)}${']'.repeat(900)}`,
  '{"a":1,"a":2}',
  '{ "b": 1 }',
  '{"__proto__":{"x":1}}',
  '\u0000\u0001',
  '\n\ndata: {}\nid: 9.9\n\n',
  '',
];

/** Submits tasks whose inputs break whoever does not treat them as bytes. */
export function poisoner(name: string): Actor {
  const me = identityOf(`poisoner/${name}`);
  let made = 0;
  return {
    kind: 'poisoner',
    isHonest: false,
    identities: [me],
    act(view) {
      const { random } = view;
      if (view.isDraining || !random.chance(250)) return;
      const text = random.pick(POISON);
      const input = random.chance(200) ? Uint8Array.of(0xff, 0xfe, ...random.bytes(8)) : utf8ToBytes(text);
      const code = view.submit(me, {
        kind: 'submitTask',
        id: `${name}.${made}`,
        taskType: 'inference',
        model: random.pick([ECHO_MODEL, 'zen-mini-0.5b']),
        input,
        fee: 5_000_000n,
        mode: 0,
        maxAdmission: 0n,
        n: 0,
        maxNew: 0,
        deadlineBlocks: 30n,
      });
      if (code !== '') return;
      made += 1;
      view.note('poison');
    },
  };
}
