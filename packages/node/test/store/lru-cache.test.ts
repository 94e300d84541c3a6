import { describe, expect, it } from 'vitest';
import { LruCache } from '../../src/store/lru-cache.ts';

describe('LruCache', () => {
  it('forgets what was longest unused', () => {
    const cache = new LruCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3);
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([1, undefined, 3]);
  });

  it('notes no use while it is less than half full, and from then on every one', () => {
    const cache = new LruCache<number>(4);
    cache.set('a', 1);
    cache.get('a');
    cache.set('b', 2);
    cache.set('c', 3);
    cache.get('a');
    cache.set('d', 4);
    cache.set('e', 5);
    expect([cache.get('a'), cache.get('b')]).toEqual([1, undefined]);
  });

  it('counts weights, also of replaced and deleted entries', () => {
    const cache = new LruCache<Uint8Array>(100, (value) => value.length);
    cache.set('a', new Uint8Array(60));
    cache.set('a', new Uint8Array(10));
    cache.set('b', new Uint8Array(90));
    expect(cache.size).toBe(2);
    cache.delete('b');
    cache.set('c', new Uint8Array(90));
    expect(cache.size).toBe(2);
    cache.set('d', new Uint8Array(1));
    expect([cache.get('a'), cache.size]).toEqual([undefined, 2]);
    cache.set('too heavy', new Uint8Array(101));
    expect(cache.size).toBe(0);
  });
});
