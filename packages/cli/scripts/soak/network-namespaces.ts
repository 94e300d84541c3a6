import { execFile } from 'node:child_process';
import type { ValidatorPlace } from '../../src/cluster/cluster-plan.ts';

const run = (args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile('ip', args, (error, _, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`ip ${args.join(' ')}: ${stderr.trim() === '' ? error.message : stderr.trim()}`));
    });
  });

/** Why this machine gives no network namespaces; undefined where it does. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  const name = `aivm-try-${process.pid}`;
  try {
    await run(['netns', 'add', name]);
    await run(['link', 'add', `avt${process.pid % 100_000}`, 'type', 'bridge']);
    return undefined;
  } catch (error) {
    return `no network namespaces here (they need root, or CAP_NET_ADMIN and CAP_SYS_ADMIN): ${(error as Error).message}`;
  } finally {
    await run(['link', 'del', `avt${process.pid % 100_000}`]).catch(() => undefined);
    await run(['netns', 'del', name]).catch(() => undefined);
  }
}

/**
 * A network namespace for each validator, with two interfaces: one over which this process asks it, and one to its peers,
 * which hangs on one of two bridges. Peers on different bridges do not reach each other; nothing tells them so.
 */
export class PartitionableNetwork {
  readonly places: readonly ValidatorPlace[];
  readonly #tag = String(process.pid % 100_000);
  readonly #octet = 1 + (process.pid % 250);

  private constructor(count: number) {
    this.places = Array.from({ length: count }, (_, i) => ({
      namespace: `aivm-${this.#tag}-${i}`,
      httpHost: `10.77.${this.#octet}.${i + 1}`,
      peerHost: `10.78.${this.#octet}.${i + 1}`,
    }));
  }

  /** @throws Error where the system refuses; {@link whyNoNamespaces} says so before. */
  static async create(count: number): Promise<PartitionableNetwork> {
    const network = new PartitionableNetwork(count);
    try {
      await network.#build();
    } catch (error) {
      await network.remove();
      throw error;
    }
    return network;
  }

  /** Connects the validators of these places with each other, and the others with each other. */
  async split(here: readonly number[]): Promise<void> {
    for (const i of this.places.keys()) {
      const bridge = here.includes(i) ? this.#bridge('a') : this.#bridge('b');
      await run(['link', 'set', this.#end('p', i), 'master', bridge]);
    }
  }

  /** Connects all with all. */
  heal(): Promise<void> {
    return this.split([...this.places.keys()]);
  }

  /** Takes everything away; what runs in the namespaces has to be ended before. */
  async remove(): Promise<void> {
    for (const { namespace } of this.places) await run(['netns', 'del', namespace]).catch(() => undefined);
    for (const i of this.places.keys()) {
      for (const kind of ['h', 'p'] as const)
        await run(['link', 'del', this.#end(kind, i)]).catch(() => undefined);
    }
    for (const name of ['a', 'b', 'h']) await run(['link', 'del', this.#bridge(name)]).catch(() => undefined);
  }

  async #build(): Promise<void> {
    for (const name of ['a', 'b', 'h']) {
      await run(['link', 'add', this.#bridge(name), 'type', 'bridge']);
      await run(['link', 'set', this.#bridge(name), 'up']);
    }
    await run(['addr', 'add', `10.77.${this.#octet}.254/24`, 'dev', this.#bridge('h')]);
    for (const [i, { namespace, httpHost, peerHost }] of this.places.entries()) {
      await run(['netns', 'add', namespace]);
      await run(['-n', namespace, 'link', 'set', 'lo', 'up']);
      const ends = [
        ['h', httpHost, 'h'],
        ['p', peerHost, 'a'],
      ] as const;
      for (const [kind, host, bridge] of ends) {
        const [outside, inside] = [this.#end(kind, i), `in${kind}`];
        await run(['link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', namespace]);
        await run(['link', 'set', outside, 'master', this.#bridge(bridge), 'up']);
        await run(['-n', namespace, 'addr', 'add', `${host}/24`, 'dev', inside]);
        await run(['-n', namespace, 'link', 'set', inside, 'up']);
      }
    }
  }

  /** Names of interfaces have at most 15 characters. */
  #bridge(name: string): string {
    return `av${this.#tag}${name}`;
  }

  #end(kind: 'h' | 'p', i: number): string {
    return `av${this.#tag}${kind}${i}`;
  }
}
