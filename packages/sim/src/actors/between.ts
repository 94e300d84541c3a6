import type { Life } from '../world/machine.ts';
import type { Fetch } from '../world/web.ts';
import type { Actor } from './actor.ts';

/** Something that stands between programs and nodes and does as it likes with what passes. */
export interface Between extends Actor {
  /** The way of one life's programs through it. */
  between(fetch: Fetch, life: Life): Fetch;
}
