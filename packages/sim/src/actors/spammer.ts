import { identityOf } from '../world/identity.ts';
import type { Actor, View } from './actor.ts';

const FAR = 1_000n;
const FOREIGN_CHAIN = 99n;
const REMEMBERED_MAX = 20;

/** Sends what nobody should take: wrong nonces, foreign chains, broken bytes, others' transactions again. */
export function spammer(name: string): Actor {
  const me = identityOf(`spammer/${name}`);
  const heard: Uint8Array[] = [];
  const junk = (view: View): Uint8Array | undefined => {
    const { random } = view;
    const transfer = { kind: 'transfer', to: random.bytes(20), amount: BigInt(random.below(1_000)) } as const;
    const nonce = view.nextNonce(me);
    const good = (): Uint8Array => view.sign(me, transfer, { nonce });
    switch (random.below(8)) {
      case 0:
        return view.sign(me, transfer, { nonce: nonce + FAR });
      case 1:
        return view.sign(me, transfer, { nonce: nonce === 0n ? 0n : nonce - 1n });
      case 2:
        return view.sign(
          me,
          transfer,
          view.random.pick([
            { nonce, chainId: FOREIGN_CHAIN },
            { nonce, genesisHash: new Uint8Array(32) },
            { nonce, expiry: 1n },
          ]),
        );
      case 3:
        return good().slice(0, -1);
      case 4: {
        const bytes = good();
        bytes[bytes.length - 1] = 9;
        return bytes;
      }
      case 5:
        return view.sign(me, { ...transfer, amount: 10n ** 30n }, { nonce });
      case 6: {
        const bytes = good();
        view.send(bytes);
        return bytes;
      }
      default:
        return heard.length === 0 ? undefined : random.pick(heard);
    }
  };
  return {
    kind: 'spammer',
    isHonest: false,
    identities: [me],
    act(view) {
      for (const { tx } of view.transactions) heard.push(tx.bytes);
      heard.splice(0, Math.max(0, heard.length - REMEMBERED_MAX));
      if (view.isDraining || !view.random.chance(400)) return;
      const bytes = junk(view);
      if (bytes === undefined) return;
      view.note('spam');
      if (view.random.chance(500)) view.send(bytes);
      else view.sneak(bytes);
    },
  };
}
